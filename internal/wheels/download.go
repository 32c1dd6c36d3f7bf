package wheels

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/fastclip/fastclip/internal/setup"
)

// Download puts a wheel's file into a folder, for Folder to read on another machine. fetched is false when
// the file was there already.
func Download(ctx context.Context, from Source, w setup.Wheel, dir string) (file string, fetched bool, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", false, err
	}
	if file, err := Folder(dir).Fetch(ctx, w, ""); err == nil {
		return file, false, nil
	}
	scratch, err := os.MkdirTemp(dir, tmp)
	if err != nil {
		return "", false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	got, err := from.Fetch(ctx, w, scratch)
	if err != nil {
		return "", false, err
	}
	f, err := os.Open(got)
	if err != nil {
		return "", false, err
	}
	if err := errors.Join(check(f, w), f.Close()); err != nil {
		return "", false, err
	}
	file = filepath.Join(dir, filepath.Base(got))
	return file, true, os.Rename(got, file)
}
