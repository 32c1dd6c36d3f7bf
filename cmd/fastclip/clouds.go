//go:build !race

package main

// Stores in buckets. Builds for the race detector go without them: compiling them takes minutes.
import _ "github.com/fastclip/fastclip/internal/blobstore/clouds"
