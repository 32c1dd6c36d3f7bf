package layouts

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/fastclip/fastclip/datasets"
)

// listShard lists one shard; what is wrong with it is an item of the index.
func listShard(x *datasets.Index, number int, file, name string, classes []string) error {
	in, err := os.Open(file)
	if err != nil {
		return x.Bad(name, "%v", err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return x.Bad(name, "%s is not a file (%v)", file, err)
	}
	s := newShard(x, number, file, name, classes)
	if err := s.list(in, info.Size()); err != nil {
		return err
	}
	return s.put()
}

// shard gathers the samples of a shard.
type shard struct {
	x          *datasets.Index
	number     int
	file, name string
	classes    []string

	last   string // entry that was read
	sample sample
	keys   map[string]bool // of the samples before
}

func newShard(x *datasets.Index, number int, file, name string, classes []string) *shard {
	return &shard{x: x, number: number, file: file, name: name, classes: classes, keys: map[string]bool{}}
}

func (s *shard) bad(entry, format string, args ...any) error {
	return s.x.Bad(path.Join(s.name, entry), "%s: %s: %s", s.file, entry, fmt.Sprintf(format, args...))
}

func (s *shard) list(in io.ReadSeeker, size int64) error {
	t := tar.NewReader(in)
	for {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return s.x.Bad(s.name, "%s is cut short after the entry %q", s.file, s.last)
		case err != nil:
			return s.x.Bad(s.name, "%s: after the entry %q: %v: want an uncompressed tar", s.file, s.last, err)
		}
		at, err := in.Seek(0, io.SeekCurrent) // tar.Reader reads no further than the header
		if err != nil {
			return err
		}
		s.last = h.Name
		if err := s.entry(t, h, at, size); err != nil {
			return err
		}
	}
}

func (s *shard) entry(t *tar.Reader, h *tar.Header, at, size int64) error {
	name, err := datasets.CleanName(h.Name)
	key, extension := splitKey(name)
	switch {
	case h.Typeflag == tar.TypeDir, h.Typeflag == tar.TypeXGlobalHeader:
		return nil
	case err != nil:
		return s.bad(h.Name, "%v", err)
	case extension == "":
		s.x.Ignore(datasets.OtherThan(name), h.Name)
		return nil
	case h.Typeflag != tar.TypeReg:
		return s.bad(h.Name, "a link or another special entry: refused")
	case at+h.Size > size || h.Size < 0:
		return s.bad(h.Name, "cut short: it has %d bytes, but only %d are in the file", h.Size, max(0, size-at))
	}
	if key != s.sample.key {
		if err := s.put(); err != nil {
			return err
		}
		s.sample = sample{key: key}
	}
	f := field{entry: h.Name, name: name, extension: extension, place: datasets.Extent{File: s.number, At: at, Size: h.Size}, sparse: isSparse(h)}
	for _, other := range s.sample.fields {
		if other.extension == f.extension {
			return s.bad(h.Name, "a second entry of this name: the first is used")
		}
	}
	if f.data, err = readField(t, &f); err != nil {
		return s.bad(h.Name, "%v", err)
	}
	if s.sample.fields = append(s.sample.fields, f); len(s.sample.fields) > datasets.MaxTexts {
		return fmt.Errorf("%s: the sample %s has more than %d entries", s.file, key, datasets.MaxTexts)
	}
	return nil
}

// isSparse tells whether an entry's bytes are in several pieces.
func isSparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// readField reads the part of an entry that stays in memory: a text, or the head of a possible picture.
func readField(t *tar.Reader, f *field) ([]byte, error) {
	switch {
	case f.isText() && f.place.Size > datasets.MaxLine:
		return nil, fmt.Errorf("%d bytes of text, over the limit of %d", f.place.Size, datasets.MaxLine)
	case f.isText():
		return io.ReadAll(t)
	case datasets.IsPicture(f.name):
		f.picture = true
		return nil, nil
	}
	head := make([]byte, min(datasets.HeadBytes, f.place.Size))
	_, err := io.ReadFull(t, head)
	f.picture = err == nil && datasets.LooksLikePicture(head)
	return nil, err
}

// splitKey cuts a name at the first dot of its last part, as webdataset does.
func splitKey(name string) (key, extension string) {
	dir, base := path.Split(name)
	base, extension, dot := strings.Cut(base, ".")
	if !dot || base == "" {
		return dir + base, ""
	}
	return dir + base, "." + strings.ToLower(extension)
}
