//go:build !lean

package blobstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/url"
	"os"
	"slices"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/fastclip/fastclip/internal/redact"
)

// openBucket opens a bucket by the drivers that the program was built with.
func openBucket(ctx context.Context, address string, u *url.URL) (Store, error) {
	if slices.Contains(Schemes, u.Scheme) && !blob.DefaultURLMux().ValidBucketScheme(u.Scheme) {
		return nil, fmt.Errorf("store %s: this program was built without %s: build it with ./task build CLOUDS=1", redact.Text(address), u.Scheme)
	}
	folder := strings.Trim(u.Path, "/")
	u.Path = ""
	if u.Scheme == "s3" {
		likeAll(u)
	}
	of, err := blob.OpenBucket(ctx, u.String())
	if err != nil {
		return nil, fmt.Errorf("store %s: %w (want a folder, or an address that begins with %s)", redact.Text(address), err, wanted())
	}
	if folder != "" {
		of = blob.PrefixedBucket(of, folder+"/")
	}
	return &bucket{Bucket: of, url: redact.Text(address)}, nil
}

// likeAll limits requests to other servers than AWS's to what all of them support: buckets by path, and
// checksums only where they are required.
func likeAll(u *url.URL) {
	q := u.Query()
	if !q.Has("endpoint") && os.Getenv("AWS_ENDPOINT_URL") == "" && os.Getenv("AWS_ENDPOINT_URL_S3") == "" {
		return
	}
	for name, value := range map[string]string{"use_path_style": "true", "request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"} {
		if !q.Has(name) {
			q.Set(name, value)
		}
	}
	u.RawQuery = q.Encode()
}

// bucket is a store over any driver.
type bucket struct {
	*blob.Bucket
	url string // as it was given, for messages
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

// explain also gives an error the kinds that callers ask for.
func (b *bucket) explain(what, name string, err error) error {
	switch gcerrors.Code(err) {
	case gcerrors.NotFound:
		err = fs.ErrNotExist
	case gcerrors.FailedPrecondition:
		err = ErrExists
	}
	return explain(b.url, what, name, err)
}
