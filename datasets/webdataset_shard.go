package datasets

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
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
	s := &shard{x: x, number: number, file: file, name: name, classes: classes}
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

	key, last string // of the sample, and the last entry that was read
	sample    sample
}

type sample struct {
	picture string
	place   extent
	text    []string // of txt
	json    row
	labels  []string
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
	case h.Typeflag == tar.TypeDir:
		return nil
	case err != nil:
		return s.bad(h.Name, "%v", err)
	case extension == "":
		return nil
	case h.Typeflag != tar.TypeReg:
		return s.bad(h.Name, "a link or another special entry: refused")
	case at+h.Size > size || h.Size < 0:
		return s.bad(h.Name, "cut short: %d bytes, %d are there", h.Size, max(0, size-at))
	}
	if key != s.key {
		if err := s.put(); err != nil {
			return err
		}
		s.key = key
	}
	if IsPicture(name) {
		return s.picture(name, h, at)
	}
	if e := path.Ext(extension); e != ".txt" && e != ".json" && e != ".cls" {
		return nil
	}
	if h.Size > maxLine {
		return s.bad(h.Name, "%d bytes of text, over the limit of %d", h.Size, maxLine)
	}
	data, err := io.ReadAll(t)
	if err != nil {
		return s.bad(h.Name, "%v", err)
	}
	return s.text(h.Name, path.Ext(extension), data)
}

func (s *shard) picture(name string, h *tar.Header, at int64) error {
	sparse := false
	for key := range h.PAXRecords {
		sparse = sparse || strings.HasPrefix(key, "GNU.sparse.")
	}
	switch {
	case s.sample.picture != "":
		return s.bad(h.Name, "a second picture of one sample")
	case sparse: // its bytes do not lie in one piece
		return s.bad(h.Name, "a sparse entry: refused")
	case h.Size > maxPicture:
		return s.bad(h.Name, "%d bytes, over the limit of %d", h.Size, maxPicture)
	}
	s.sample.picture, s.sample.place = name, extent{File: s.number, At: at, Size: h.Size}
	return nil
}

func (s *shard) text(name, extension string, data []byte) (err error) {
	switch extension {
	case ".txt":
		s.sample.text = splitCaptions(data)
	case ".json":
		if s.sample.json, err = jsonRow(data, Columns{}); err != nil {
			return s.bad(name, "%v", err)
		}
	case ".cls":
		class := strings.TrimSpace(string(data))
		if n, err := strconv.Atoi(class); err == nil && len(s.classes) > 0 {
			if n < 0 || n >= len(s.classes) {
				return s.bad(name, "class %d, names are there for %d", n, len(s.classes))
			}
			class = s.classes[n]
		}
		s.sample.labels = []string{class}
	}
	return nil
}

// put ends a sample.
func (s *shard) put() error {
	found := s.sample
	s.sample = sample{}
	if found.picture == "" {
		if len(found.text)+len(found.labels)+len(found.json.Captions)+len(found.json.Labels) > 0 {
			return s.bad(s.key, "a sample without a picture")
		}
		return nil
	}
	r := row{Name: path.Join(s.name, found.picture), Place: found.place, Captions: found.text, Labels: found.labels}
	if len(r.Captions) == 0 {
		r.Captions = found.json.Captions
	}
	if len(r.Labels) == 0 {
		r.Labels = found.json.Labels
	}
	if len(trimmed(r.Captions))+len(trimmed(r.Labels)) == 0 {
		return s.bad(found.picture, "neither captions nor a class: want %s.txt, .json or .cls beside it", s.key)
	}
	return s.x.add(r)
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
