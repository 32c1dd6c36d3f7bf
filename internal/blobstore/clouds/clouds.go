// Package clouds lets stores be opened in buckets of S3 and, built with the tag clouds, of Google Cloud Storage
// and Azure: a program that imports it can do so. The tag is for those two alone, which take minutes to compile.
package clouds

import _ "gocloud.dev/blob/s3blob" // s3://
