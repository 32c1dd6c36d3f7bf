//go:build !unix

package cache

import (
	"fmt"
	"os"
)

// Lock keeps nobody out here: two runs into one folder are the caller's to avoid.
func Lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	return f, nil
}
