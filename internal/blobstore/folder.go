package blobstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"gocloud.dev/blob/fileblob"
)

// halfWritten ends the names of files that are being written.
const halfWritten = ".tmp"

// folder is a store in the file system.
type folder struct {
	*bucket
	dir string
}

// Folder opens the store in a folder and makes the folder if necessary.
func Folder(dir string) (Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", dir, err)
	}
	of, err := fileblob.OpenBucket(dir, &fileblob.Options{CreateDir: true, DirFileMode: 0o755, NoTempDir: true, Metadata: fileblob.MetadataDontWrite})
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", dir, err)
	}
	b := &bucket{Bucket: of, url: dir, guard: func() (func(), error) { return lockFile(filepath.Join(dir, ".lock"+halfWritten)) }}
	return &folder{bucket: b, dir: dir}, nil
}

// List walks the folder itself, because the driver's own List fails if a file that is being written disappears
// meanwhile.
func (f *folder) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		err := filepath.WalkDir(filepath.Join(f.dir, filepath.FromSlash(path.Dir(prefix+"x"))), func(file string, entry fs.DirEntry, err error) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err == nil && entry.IsDir() {
				return nil
			}
			rel, relErr := filepath.Rel(f.dir, file)
			name := filepath.ToSlash(rel)
			if err == nil && (!strings.HasPrefix(name, prefix) || strings.HasSuffix(name, halfWritten)) {
				return nil
			}
			var info fs.FileInfo
			if err == nil {
				info, err = entry.Info()
			}
			if errors.Is(err, fs.ErrNotExist) {
				return nil // gone meanwhile
			}
			if err = errors.Join(err, relErr); err != nil {
				return err
			}
			if !yield(Object{Name: name, Size: info.Size(), Time: info.ModTime()}, nil) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield(Object{}, f.explain("list", prefix, err))
		}
	}
}

// Toucher is a store that can record, in an object's time, that the object was used.
type Toucher interface {
	Touch(name string, at time.Time) error
}

func (f *folder) Touch(name string, at time.Time) error {
	return os.Chtimes(filepath.Join(f.dir, filepath.FromSlash(name)), at, at)
}

// temporary are the names that the driver of folders gives to what it writes.
var temporary = regexp.MustCompile(`\.[0-9a-f]{12,}` + regexp.QuoteMeta(halfWritten) + "$")

// Abandoned removes half-written files of killed processes that are older than the given age.
func Abandoned(s Store, before time.Time) error {
	f, ok := s.(*folder)
	if !ok {
		return nil // objects in buckets appear whole
	}
	var errs []error
	for _, dir := range []string{"*", "*/*", "*/*/*", "*/*/*/*"} {
		found, err := filepath.Glob(filepath.Join(f.dir, dir+halfWritten))
		errs = append(errs, err)
		for _, name := range found {
			if info, err := os.Lstat(name); err == nil && temporary.MatchString(name) && info.Mode().IsRegular() && info.ModTime().Before(before) {
				errs = append(errs, os.Remove(name))
			}
		}
	}
	return errors.Join(errs...)
}
