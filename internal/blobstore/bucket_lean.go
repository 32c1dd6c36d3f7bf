//go:build lean

package blobstore

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/fastclip/fastclip/internal/redact"
)

// openBucket says what the program lacks: the drivers of buckets take longer to compile than the rest of it.
func openBucket(_ context.Context, address string, u *url.URL) (Store, error) {
	if !slices.Contains(Schemes, u.Scheme) {
		return nil, fmt.Errorf("store %s: want a folder, or an address that begins with %s", redact.Text(address), wanted())
	}
	return nil, fmt.Errorf("store %s: this program was built without buckets: build it with ./task build", redact.Text(address))
}
