// Package clouds lets stores be opened in buckets of S3, Google Cloud Storage and Azure: a program that
// imports it can do so.
package clouds

import (
	_ "gocloud.dev/blob/azureblob" // azblob://
	_ "gocloud.dev/blob/gcsblob"   // gs://
	_ "gocloud.dev/blob/s3blob"    // s3://
)
