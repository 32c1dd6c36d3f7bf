package wheels

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/fastclip/fastclip/internal/filelock"
)

// lock keeps other programs out until release is called.
func lock(ctx context.Context, path string, wait func()) (release func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := filelock.Wait(ctx, f, wait); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return func() { _ = f.Close() }, nil
}
