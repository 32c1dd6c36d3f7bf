package blobstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// halfWritten is the suffix of files that are still being written.
const halfWritten = ".tmp"

// folder is a store in the file system. It is our own, although the driver of folders in gocloud does the same,
// because that driver would bring grpc into the first build of the program.
type folder struct{ dir string }

// Folder opens the store in a folder and makes the folder if necessary.
func Folder(dir string) (Store, error) {
	abs, err := filepath.Abs(dir)
	if err == nil {
		err = os.MkdirAll(abs, 0o755)
	}
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", dir, err)
	}
	return &folder{abs}, nil
}

func (f *folder) Get(_ context.Context, name string, from, n int64) ([]byte, error) {
	data, err := f.read(name, from, n)
	if err != nil {
		return nil, explain(f.dir, "read", name, err)
	}
	return data, nil
}

func (f *folder) read(name string, from, n int64) ([]byte, error) {
	path, err := f.path(name)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if info.IsDir() {
		return nil, fs.ErrNotExist
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if n < 0 {
		if _, err := file.Seek(from, io.SeekStart); err != nil {
			return nil, err
		}
		return io.ReadAll(file)
	}
	data := make([]byte, n)
	_, err = io.ReadFull(io.NewSectionReader(file, from, n), data)
	return data, err
}

// Put writes beside the object's place and then renames. The folder's lock makes one of several writers the first.
func (f *folder) Put(ctx context.Context, name string, data []byte) error {
	if err := f.put(ctx, name, data); err != nil {
		return explain(f.dir, "write", name, err)
	}
	return nil
}

func (f *folder) put(ctx context.Context, name string, data []byte) (err error) {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	half := fmt.Sprintf("%s.%x%08x%s", path, time.Now().UnixNano(), rand.Uint32(), halfWritten)
	defer func() {
		if err != nil {
			_ = os.Remove(half) // what is left is removed later
		}
	}()
	if err := os.WriteFile(half, data, 0o666); err != nil {
		return err
	}
	release, err := lockFile(filepath.Join(f.dir, ".lock"+halfWritten))
	if err != nil {
		return err
	}
	defer release()
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return ErrExists
	}
	return os.Rename(half, path)
}

func (f *folder) Delete(_ context.Context, name string) error {
	path, err := f.path(name)
	if err == nil {
		err = os.Remove(path)
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return explain(f.dir, "delete", name, err)
}

// path is an object's place in the folder.
func (f *folder) path(name string) (string, error) {
	local := filepath.FromSlash(name)
	if !filepath.IsLocal(local) {
		return "", fmt.Errorf("the name leads out of the store: %w", fs.ErrInvalid)
	}
	return filepath.Join(f.dir, local), nil
}

// List leaves out what is being written. A file that disappears meanwhile is no error.
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
				return nil // deleted meanwhile
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
			yield(Object{}, explain(f.dir, "list", prefix, err))
		}
	}
}

// Toucher is a store that can set an object's time to record that the object was used.
type Toucher interface {
	Touch(name string, at time.Time) error
}

func (f *folder) Touch(name string, at time.Time) error {
	return os.Chtimes(filepath.Join(f.dir, filepath.FromSlash(name)), at, at)
}

// temporary are the names of what Put writes.
var temporary = regexp.MustCompile(`\.[0-9a-f]{12,}` + regexp.QuoteMeta(halfWritten) + "$")

// Abandoned removes files that killed processes left half-written, if they are older than the given time.
func Abandoned(s Store, before time.Time) error {
	f, ok := s.(*folder)
	if !ok {
		return nil // in buckets, objects only appear when complete
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
