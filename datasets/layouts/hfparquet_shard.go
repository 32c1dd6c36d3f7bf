package layouts

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/parquetpages"
	"github.com/parquet-go/parquet-go"
)

// parquetShard is one open file and the places of what is wanted of it; -1 is not there.
type parquetShard struct {
	number                        int
	in                            *os.File
	file                          *parquet.File
	bytes, path, labels, captions int
	names                         []string // of classes
	where                         map[string]filtered
}

func (p *parquets) openShard(number int) (s *parquetShard, err error) {
	in, err := os.Open(p.files[number])
	if err != nil {
		return nil, err
	}
	s = &parquetShard{number: number, in: in}
	defer func() {
		if r := recover(); r != nil { // the library trusts what files claim
			err = fmt.Errorf("a damaged parquet file: %v", r)
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", p.files[number], errors.Join(err, in.Close()))
		}
	}()
	info, err := in.Stat()
	if err != nil {
		return nil, err
	}
	s.file, err = parquetpages.Open(in, info.Size(), func(f *parquet.File) ([]int, error) {
		if err := s.find(f, p); err != nil {
			return nil, err
		}
		return s.columns(), nil
	})
	return s, err
}

// columns are the places of the columns that will be read.
func (s *parquetShard) columns() (list []int) {
	for _, c := range []int{s.bytes, s.path, s.labels, s.captions} {
		if c >= 0 && !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	for _, f := range s.where {
		if !slices.Contains(list, f.column) {
			list = append(list, f.column)
		}
	}
	return list
}

// filtered is a column in a filter. names are the names of a ClassLabel.
type filtered struct {
	column int
	names  []string
}

// find chooses the columns.
func (s *parquetShard) find(f *parquet.File, p *parquets) error {
	c := p.columns
	at := map[string]int{}
	var have []string
	for i, parts := range f.Schema().Columns() {
		name := columnName(parts)
		at[name] = i
		have = append(have, name)
	}
	choose := func(usual []string, suffix string) (string, int) {
		for _, name := range usual {
			if i, ok := at[name+suffix]; ok {
				return name, i
			}
		}
		return "", -1
	}
	text, _ := f.Lookup("huggingface")
	features := parseFeatures(text)
	images := append(pictureFeatures(features), "image", "img", "picture", "jpg", "jpeg", "png", "webp")
	labels, captions := labelColumns, append(slices.Clone(captionColumns), "sentences_raw")
	for _, w := range []struct {
		want string
		list *[]string
	}{{c.Path, &images}, {c.Labels, &labels}, {c.Captions, &captions}} {
		if w.want != "" {
			*w.list = []string{w.want}
		}
	}
	if _, s.bytes = choose(images, ".bytes"); s.bytes < 0 {
		_, s.bytes = choose(images, "")
	}
	_, s.path = choose(images, ".path")
	s.where = map[string]filtered{}
	if _, err := p.where.Columns(have); err != nil {
		return err
	}
	for column := range p.where {
		s.where[column] = filtered{at[column], features[column].Names}
	}
	var label string
	label, s.labels = choose(labels, "")
	_, s.captions = choose(captions, "")
	if s.names = p.classes; s.names == nil {
		s.names = features[label].Names
	}
	if s.bytes < 0 || s.labels < 0 && s.captions < 0 || c.Labels != "" && s.labels < 0 || c.Captions != "" && s.captions < 0 {
		return fmt.Errorf("no column %s, or no column of labels (%s) or captions (%s): it has %s", strings.Join(images, " or "), strings.Join(labels, ", "), strings.Join(captions, ", "), strings.Join(have, ", "))
	}
	return nil
}
