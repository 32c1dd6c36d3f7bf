//go:build !unix

package blobstore

// lockFile takes no turns here: two processes that put one name at the same moment both believe that they did.
func lockFile(string) (release func(), err error) { return func() {}, nil }
