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

// MaxPicture is the largest size of a picture in bytes. No camera writes larger files, but hostile archives do, to
// fill the memory.
const MaxPicture = 256 << 20

// PictureDir reads pictures that are files under one folder. Links that leave the folder are refused, unless they
// are to be followed.
type PictureDir struct {
	root   *os.Root
	Dir    string
	follow bool
	// Captions says that texts next to pictures belong to them.
	Captions bool
	Alt      func(name string) string // another place where a file may be, or nil
}

func OpenPictures(dir string, o Options) (*PictureDir, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("pictures: %w: name the folder that holds them", err)
	}
	return &PictureDir{root: root, Dir: dir, follow: o.Links}, nil
}

// errLinks is the error for a link that leaves the folder.
var errLinks = errors.New("a link that leads out of the folder: `links: follow` takes it")

func (p *PictureDir) Stat(name string) (os.FileInfo, error) {
	name = filepath.FromSlash(name)
	if p.follow && filepath.IsLocal(name) {
		return os.Stat(filepath.Join(p.Dir, name))
	}
	info, err := p.root.Stat(name)
	if err == nil {
		return info, nil
	}
	if _, outside := os.Stat(filepath.Join(p.Dir, name)); outside == nil && filepath.IsLocal(name) {
		err = errLinks
	}
	return nil, err
}

func (p *PictureDir) open(name string) (*os.File, error) {
	name = filepath.FromSlash(name)
	if p.follow && filepath.IsLocal(name) {
		return os.Open(filepath.Join(p.Dir, name))
	}
	return p.root.Open(name)
}

func (p *PictureDir) Read(_ context.Context, r Row) ([]byte, error) {
	name := r.Name
	info, err := p.Stat(name)
	if errors.Is(err, fs.ErrNotExist) && p.Alt != nil {
		name = p.Alt(r.Name)
		info, err = p.Stat(name)
	}
	switch {
	case err != nil:
		if failed := (*fs.PathError)(nil); errors.As(err, &failed) {
			err = failed.Err // the rest are the names of a file and of a system call
		}
		return nil, fmt.Errorf("pictures in %s: %s: %w", p.Dir, r.Name, err)
	case !info.Mode().IsRegular(): // opening a pipe would wait for ever
		return nil, fmt.Errorf("pictures in %s: %s is not a file", p.Dir, r.Name)
	case info.Size() > MaxPicture:
		return nil, fmt.Errorf("pictures in %s: %s has %d bytes, over the limit of %d", p.Dir, r.Name, info.Size(), MaxPicture)
	}
	data, err := p.Whole(name, info.Size())
	if err != nil {
		return nil, fmt.Errorf("pictures in %s: %w", p.Dir, err)
	}
	return data, nil
}

// Whole reads a file that had the given size.
func (p *PictureDir) Whole(name string, size int64) ([]byte, error) {
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

// Whereabouts says where a picture's file is, or nothing if that may change.
func (p *PictureDir) Whereabouts(r Row) Range {
	if p.Alt != nil {
		return Range{}
	}
	return WholeFile(filepath.Join(p.Dir, filepath.FromSlash(r.Name)))
}

func (p *PictureDir) Close() error { return p.root.Close() }

// Inside turns an absolute path within the folder into one relative to it, with slashes.
func (p *PictureDir) Inside(name string) string {
	if !filepath.IsAbs(name) {
		return name
	}
	dir, err := filepath.Abs(p.Dir)
	if err != nil {
		return name
	}
	if rel, err := filepath.Rel(dir, name); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return name
}

// Stem is a file's name without folder and extension; it names a set.
func Stem(file string) string {
	base := filepath.Base(file)
	return strings.TrimSuffix(base, path.Ext(base))
}

// Budget fails after the given number of bytes without a refill, so that a single value of a hostile file cannot
// fill the memory.
type Budget struct {
	io.Reader
	limit, left int
}

func NewBudget(r io.Reader, limit int) *Budget { return &Budget{r, limit, limit} }

func (b *Budget) Refill() { b.left = b.limit }

func (b *Budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("one entry is longer than the limit of %d bytes", b.limit)
	}
	n, err := b.Reader.Read(p)
	b.left -= n
	return n, err
}
