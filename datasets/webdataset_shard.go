package datasets

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// listShard lists one shard; what is wrong with it is an item of the index.
func listShard(x *index, number int, file, name string, classes []string) error {
	in, err := os.Open(file)
	if err != nil {
		return x.bad(name, "%v", err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return x.bad(name, "%s is no file (%v)", file, err)
	}
	s := newShard(x, number, file, name, classes)
	if err := s.list(in, info.Size()); err != nil {
		return err
	}
	return s.put()
}

// shard gathers the samples of a shard.
type shard struct {
	x          *index
	number     int
	file, name string
	classes    []string

	last   string // entry that was read
	sample sample
	keys   map[string]bool // of the samples before
}

func newShard(x *index, number int, file, name string, classes []string) *shard {
	return &shard{x: x, number: number, file: file, name: name, classes: classes, keys: map[string]bool{}}
}

func (s *shard) bad(entry, format string, args ...any) error {
	return s.x.bad(path.Join(s.name, entry), "%s: %s: %s", s.file, entry, fmt.Sprintf(format, args...))
}

func (s *shard) list(in io.ReadSeeker, size int64) error {
	t := tar.NewReader(in)
	for {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return s.x.bad(s.name, "%s is cut short after the entry %q", s.file, s.last)
		case err != nil:
			return s.x.bad(s.name, "%s: after the entry %q: %v: want an uncompressed tar", s.file, s.last, err)
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
	name, err := cleanName(h.Name)
	key, extension := splitKey(name)
	switch {
	case h.Typeflag == tar.TypeDir, h.Typeflag == tar.TypeXGlobalHeader:
		return nil
	case err != nil:
		return s.bad(h.Name, "%v", err)
	case extension == "":
		s.x.ignore(otherThan(name), h.Name)
		return nil
	case h.Typeflag != tar.TypeReg:
		return s.bad(h.Name, "a link or another special entry: refused")
	case at+h.Size > size || h.Size < 0:
		return s.bad(h.Name, "cut short: %d bytes, %d are there", h.Size, max(0, size-at))
	}
	if key != s.sample.key {
		if err := s.put(); err != nil {
			return err
		}
		s.sample = sample{key: key}
	}
	f := field{entry: h.Name, name: name, extension: extension, place: extent{File: s.number, At: at, Size: h.Size}, sparse: isSparse(h)}
	for _, other := range s.sample.fields {
		if other.extension == f.extension {
			return s.bad(h.Name, "a second entry of this name: the first is used")
		}
	}
	if f.data, err = readField(t, &f); err != nil {
		return s.bad(h.Name, "%v", err)
	}
	if s.sample.fields = append(s.sample.fields, f); len(s.sample.fields) > maxTexts {
		return fmt.Errorf("%s: the sample %s has more than %d entries", s.file, key, maxTexts)
	}
	return nil
}

// isSparse tells of an entry whose bytes do not lie in one piece.
func isSparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// readField gives what is kept of an entry in memory: a text, or the head of what may be a picture.
func readField(t *tar.Reader, f *field) ([]byte, error) {
	switch {
	case f.isText() && f.place.Size > maxLine:
		return nil, fmt.Errorf("%d bytes of text, over the limit of %d", f.place.Size, maxLine)
	case f.isText():
		return io.ReadAll(t)
	case IsPicture(f.name):
		f.picture = true
		return nil, nil
	}
	head := make([]byte, min(headBytes, f.place.Size))
	_, err := io.ReadFull(t, head)
	f.picture = err == nil && looksLikePicture(head)
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
