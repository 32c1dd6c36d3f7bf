// Package blobstore keeps objects in a folder or in a cloud bucket, with the same interface.
package blobstore

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// ErrExists is the error for an object that exists already.
var ErrExists = errors.New("it exists already")

// Object is what a listing tells about an object.
type Object struct {
	Name string // slash separated
	Size int64
	Time time.Time // of its last change
}

// Store keeps objects. An object appears completely or not at all, and never changes afterwards.
type Store interface {
	// Get returns n bytes from a position on; -1 means all that follow. For a missing object the error is
	// fs.ErrNotExist.
	Get(ctx context.Context, name string, from, n int64) ([]byte, error)
	// Put makes an object. If the name is taken, the error is ErrExists. Of two simultaneous writers, one
	// succeeds.
	Put(ctx context.Context, name string, data []byte) error
	// List has the objects whose names begin with prefix, in the order of their names.
	List(ctx context.Context, prefix string) iter.Seq2[Object, error]
	// Delete removes an object. A missing object is no error.
	Delete(ctx context.Context, name string) error
}

// explain names the store and the object in an error.
func explain(store, what, name string, err error) error {
	return fmt.Errorf("store %s: %s %s: %w", store, what, name, err)
}
