//go:build !race && !lean

package main

// Stores in buckets. Builds for the race detector and lean ones go without them: compiling them takes minutes.
import _ "github.com/fastclip/fastclip/internal/blobstore/clouds"
