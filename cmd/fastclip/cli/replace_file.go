package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ReplaceFile writes to a temporary file in the same folder and renames it, so that path is always either the old file or the complete new one. It writes
// directly to devices and pipes.
func ReplaceFile(path string, data []byte) (err error) {
	if Special(path) {
		return os.WriteFile(path, data, 0o644)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return fmt.Errorf("write %s: %w: check that the folder exists and can be written to", path, err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(f.Name())))
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Special reports whether a path is a device or a pipe, such as /dev/stdout, which a file cannot replace.
func Special(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}
