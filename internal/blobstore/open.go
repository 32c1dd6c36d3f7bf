package blobstore

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
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
		return nil, fmt.Errorf("store %q is not an address (%v): want a folder, or an address that begins with %s", address, err, wanted())
	}
	if scheme == "file" {
		if u.Host != "" && u.Host != "localhost" {
			return nil, fmt.Errorf("store %s: a file address begins with three slashes: file:///%s", address, rest)
		}
		return Folder(filepath.FromSlash(u.Path))
	}
	return openBucket(ctx, address, u)
}
