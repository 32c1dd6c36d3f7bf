package derived

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// Open opens a file or folder.
func (u union) Open(name string) (fs.File, error) {
	file, err := u.files.Open(name)
	if err == nil {
		if info, err := file.Stat(); err != nil || !info.IsDir() {
			return file, err
		}
		entries, err := u.ReadDir(name)
		return &folder{File: file, entries: entries}, err
	}
	if _, none := u.recipe(name); none != nil {
		return nil, err
	}
	data, err := u.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return made{bytes.NewReader(data), about{path.Base(name), int64(len(data))}}, nil
}

// Stat describes a file without making it.
func (u union) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(u.files, name)
	if err == nil {
		return info, nil
	}
	r, none := u.recipe(name)
	if none != nil {
		return nil, err
	}
	return about{path.Base(name), r.Size}, nil
}

// ReadDir lists existing and derived files by name.
func (u union) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(u.files, name)
	if err != nil {
		return nil, err
	}
	recipes, _ := fs.ReadDir(u.recipes, name) // a folder without recipes is fine
	for _, e := range recipes {
		file, ok := strings.CutSuffix(e.Name(), Suffix)
		if !ok || slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == file }) {
			continue
		}
		info, err := u.Stat(path.Join(name, file))
		if err != nil {
			return nil, err
		}
		entries = append(entries, fs.FileInfoToDirEntry(info))
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// made is an open file that was made.
type made struct {
	*bytes.Reader
	info about
}

func (m made) Stat() (fs.FileInfo, error) { return m.info, nil }
func (made) Close() error                 { return nil }

type about struct {
	name string
	size int64
}

func (a about) Name() string     { return a.name }
func (a about) Size() int64      { return a.size }
func (about) Mode() fs.FileMode  { return 0o444 }
func (about) ModTime() time.Time { return time.Time{} }
func (about) IsDir() bool        { return false }
func (about) Sys() any           { return nil }

// folder lists the made files, too.
type folder struct {
	fs.File
	entries []fs.DirEntry
}

func (f *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(f.entries)
	} else if len(f.entries) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(f.entries))
	out := f.entries[:n:n]
	f.entries = f.entries[n:]
	return out, nil
}
