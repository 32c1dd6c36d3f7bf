// Package clouds makes it possible to open stores in buckets of S3. With the build tag clouds, it adds Google
// Cloud Storage and Azure, which take minutes to compile. A program only has to import it.
package clouds

import _ "gocloud.dev/blob/s3blob" // s3://
