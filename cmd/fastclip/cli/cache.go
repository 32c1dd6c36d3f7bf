package cli

import (
	"fmt"
	"os"
	"path/filepath"
)

// CacheDir is the default folder for finished work.
func CacheDir() (string, error) {
	if dir := os.Getenv("FASTCLIP_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder: %w: name one with --cache or FASTCLIP_CACHE", err)
	}
	return filepath.Join(dir, "fastclip"), nil
}
