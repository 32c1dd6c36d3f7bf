package datasets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// maxPicture is the size in bytes over which a picture is refused: no camera writes such files,
// but archives made to fill the memory do.
const maxPicture = 256 << 20

// pictureDir reads pictures that are files under one folder; links that leave it are refused,
// unless they are to be followed.
type pictureDir struct {
	root   *os.Root
	dir    string
	follow bool
	// captions says that texts beside pictures are theirs.
	captions bool
	alt      func(name string) string // where else a file may lie, or nil
}

func openPictures(dir string, o Options) (*pictureDir, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("pictures: %w: name the folder that holds them", err)
	}
	return &pictureDir{root: root, dir: dir, follow: o.Links}, nil
}

// errLinks is of a link that leaves the folder.
var errLinks = errors.New("a link that leaves the folder: `links: follow` takes it")

func (p *pictureDir) stat(name string) (os.FileInfo, error) {
	name = filepath.FromSlash(name)
	if p.follow && filepath.IsLocal(name) {
		return os.Stat(filepath.Join(p.dir, name))
	}
	info, err := p.root.Stat(name)
	if err == nil {
		return info, nil
	}
	if _, outside := os.Stat(filepath.Join(p.dir, name)); outside == nil && filepath.IsLocal(name) {
		err = errLinks
	}
	return nil, err
}

func (p *pictureDir) open(name string) (*os.File, error) {
	name = filepath.FromSlash(name)
	if p.follow && filepath.IsLocal(name) {
		return os.Open(filepath.Join(p.dir, name))
	}
	return p.root.Open(name)
}

func (p *pictureDir) read(_ context.Context, r row) ([]byte, error) {
	name := r.Name
	info, err := p.stat(name)
	if errors.Is(err, fs.ErrNotExist) && p.alt != nil {
		name = p.alt(r.Name)
		info, err = p.stat(name)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("pictures in %s: %s: %w", p.dir, r.Name, err)
	case !info.Mode().IsRegular(): // opening a pipe would wait for ever
		return nil, fmt.Errorf("pictures in %s: %s is no file", p.dir, r.Name)
	case info.Size() > maxPicture:
		return nil, fmt.Errorf("pictures in %s: %s has %d bytes, over the limit of %d", p.dir, r.Name, info.Size(), maxPicture)
	}
	data, err := p.whole(name, info.Size())
	if err != nil {
		return nil, fmt.Errorf("pictures in %s: %w", p.dir, err)
	}
	return data, nil
}

// whole reads a file that had the size.
func (p *pictureDir) whole(name string, size int64) ([]byte, error) {
	file, err := p.open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data := make([]byte, size)
	n, err := io.ReadFull(file, data)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("%s became shorter while it was read", name)
	}
	return data[:n], err
}

func (p *pictureDir) Close() error { return p.root.Close() }

// inside makes a path that is absolute and within the folder relative to it, slash separated.
func (p *pictureDir) inside(name string) string {
	if !filepath.IsAbs(name) {
		return name
	}
	dir, err := filepath.Abs(p.dir)
	if err != nil {
		return name
	}
	if rel, err := filepath.Rel(dir, name); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return name
}

// stem is a file's name without folder and extension: the name of a set.
func stem(file string) string {
	base := filepath.Base(file)
	return strings.TrimSuffix(base, path.Ext(base))
}

// budget fails after a number of bytes without a refill: one value of a hostile file must not
// fill the memory.
type budget struct {
	io.Reader
	limit, left int
}

func newBudget(r io.Reader, limit int) *budget { return &budget{r, limit, limit} }

func (b *budget) refill() { b.left = b.limit }

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("one entry is longer than the limit of %d bytes", b.limit)
	}
	n, err := b.Reader.Read(p)
	b.left -= n
	return n, err
}
