//go:build !unix

package cache

import (
	"fmt"
	"os"
)

// Lock does nothing on this system. The caller has to avoid two runs in one folder.
func Lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	return f, nil
}
