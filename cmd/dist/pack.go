package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// files calls do for each file of the tree, in the order of names.
func (t tree) files(do func(name string, mode fs.FileMode, data []byte) error) error {
	return filepath.WalkDir(t.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(t.dir, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if info.Mode()&0o100 != 0 {
			mode = 0o755
		}
		return do(filepath.ToSlash(rel), mode, data)
	})
}

// archive writes the tree as a .tar.gz. The same tree always gives the same bytes.
func (t tree) archive(to string, date time.Time) error {
	return whole(to, func(w io.Writer) error {
		z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
		if err != nil {
			return err
		}
		a := tar.NewWriter(z)
		err = t.files(func(name string, mode fs.FileMode, data []byte) error {
			h := &tar.Header{Typeflag: tar.TypeReg, Name: t.name + "/" + name, Mode: int64(mode), Size: int64(len(data)), ModTime: date, Format: tar.FormatPAX}
			if err := a.WriteHeader(h); err != nil {
				return err
			}
			_, err := a.Write(data)
			return err
		})
		return errors.Join(err, a.Close(), z.Close())
	})
}

// whole writes a file that gets its name only when it is complete.
func whole(to string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(to), "tmp.")
	if err != nil {
		return err
	}
	err = errors.Join(write(f), f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), to)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}

// sumFiles makes lines in the format of sha256sum.
func sumFiles(paths []string) ([]byte, error) {
	var b strings.Builder
	for _, path := range paths {
		sum, err := sumFile(path)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%s  %s\n", sum, filepath.Base(path))
	}
	return []byte(b.String()), nil
}

func sumFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
