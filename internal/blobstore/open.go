package blobstore

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gocloud.dev/blob"

	"github.com/fastclip/fastclip/internal/redact"
)

// Schemes are the prefixes of store addresses.
var Schemes = []string{"file", "s3", "gs", "azblob"}

func wanted() string { return strings.Join(Schemes, "://, ") + "://" }

// Open opens the store at an address, which is a folder or begins with one of Schemes. The path of a bucket's
// address is a folder in the bucket. Its query belongs to the driver (for S3: region, endpoint, use_path_style).
func Open(ctx context.Context, address string) (Store, error) {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return Folder(address)
	}
	u, err := url.Parse(address)
	if err != nil || rest == "" {
		return nil, fmt.Errorf("store %q is no address (%v): want a folder, or what begins with %s", address, err, wanted())
	}
	if scheme == "file" {
		if u.Host != "" && u.Host != "localhost" {
			return nil, fmt.Errorf("store %s: a file address begins with three slashes: file:///%s", address, rest)
		}
		return Folder(filepath.FromSlash(u.Path))
	}
	if slices.Contains(Schemes, scheme) && !blob.DefaultURLMux().ValidBucketScheme(scheme) {
		return nil, fmt.Errorf("store %s: this program was built without %s: build it with ./task build CLOUDS=1", redact.Text(address), scheme)
	}
	folder := strings.Trim(u.Path, "/")
	u.Path = ""
	if scheme == "s3" {
		likeAll(u)
	}
	of, err := blob.OpenBucket(ctx, u.String())
	if err != nil {
		return nil, fmt.Errorf("store %s: %w (want a folder, or what begins with %s)", redact.Text(address), err, wanted())
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
