package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ReplaceFile writes under a temporary name in the same folder and then renames, so that path is either the old
// file or the whole new one. Devices and pipes are written directly.
func ReplaceFile(path string, data []byte) (err error) {
	if Special(path) {
		return os.WriteFile(path, data, 0o644)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return fmt.Errorf("write %s: %w: see that the folder exists and may be written", path, err)
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

// Special tells whether a path is a device or pipe, such as /dev/stdout, which no file can replace.
func Special(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}
