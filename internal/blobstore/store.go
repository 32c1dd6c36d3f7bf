// Package blobstore keeps objects in a folder or in a cloud bucket, with the same interface.
package blobstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

// ErrExists is the error for an object that exists already.
var ErrExists = errors.New("it is there already")

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

// bucket is a store over any driver.
type bucket struct {
	*blob.Bucket
	url   string // as it was given, for messages
	guard func() (release func(), err error)
}

func (b *bucket) Get(ctx context.Context, name string, from, n int64) ([]byte, error) {
	r, err := b.NewRangeReader(ctx, name, from, n, nil)
	if err != nil {
		return nil, b.explain("read", name, err)
	}
	var data []byte
	if n >= 0 {
		data = make([]byte, n)
		_, err = io.ReadFull(r, data)
	} else {
		data, err = io.ReadAll(r)
	}
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, b.explain("read", name, err)
	}
	return data, nil
}

// Put locks out other processes if the driver alone cannot tell who was first.
func (b *bucket) Put(ctx context.Context, name string, data []byte) error {
	ctx, cancel := context.WithCancel(ctx) // a writer that is closed under a cancelled context leaves nothing
	defer cancel()
	w, err := b.NewWriter(ctx, name, &blob.WriterOptions{IfNotExist: true, ContentType: "application/octet-stream"})
	if err != nil {
		return b.explain("write", name, err)
	}
	if _, err = w.Write(data); err != nil {
		cancel()
		return b.explain("write", name, errors.Join(err, w.Close()))
	}
	if b.guard != nil {
		release, err := b.guard()
		if err != nil {
			cancel()
			return b.explain("write", name, errors.Join(err, w.Close()))
		}
		defer release()
	}
	if err := w.Close(); err != nil {
		return b.explain("write", name, err)
	}
	return nil
}

func (b *bucket) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		all := b.Bucket.List(&blob.ListOptions{Prefix: prefix})
		for {
			o, err := all.Next(ctx)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Object{}, b.explain("list", prefix, err))
				return
			}
			if !yield(Object{Name: o.Key, Size: o.Size, Time: o.ModTime}, nil) {
				return
			}
		}
	}
}

func (b *bucket) Delete(ctx context.Context, name string) error {
	err := b.Bucket.Delete(ctx, name)
	if err == nil || gcerrors.Code(err) == gcerrors.NotFound {
		return nil
	}
	return b.explain("delete", name, err)
}

// explain names the store and the object in an error, and gives it the errors that callers ask for.
func (b *bucket) explain(what, name string, err error) error {
	switch gcerrors.Code(err) {
	case gcerrors.NotFound:
		err = fs.ErrNotExist
	case gcerrors.FailedPrecondition:
		err = ErrExists
	}
	return fmt.Errorf("store %s: %s %s: %w", b.url, what, name, err)
}
