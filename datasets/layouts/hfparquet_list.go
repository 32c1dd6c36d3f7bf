package layouts

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/fastclip/fastclip/datasets"
	"github.com/parquet-go/parquet-go"
)

// list lists the rows of a file without reading the pictures.
func (p *parquets) list(x *datasets.Index, number int) (err error) {
	s, err := p.openShard(number)
	if err != nil {
		return err
	}
	defer s.in.Close()
	if err := x.SetClasses(s.names); err != nil {
		x.Refuse(int(min(s.file.NumRows()-1, 1<<40))) // the error names the first of its rows
		return err
	}
	total := 0
	for g, group := range s.file.RowGroups() {
		if err := s.listGroup(x, p, g, group, &total); err != nil {
			x.Refuse(int(min(max(s.file.NumRows()-int64(total)-1, 0), 1<<40))) // the error names the first of them
			return fmt.Errorf("%s, row group %d, after row %d: %w", p.files[number], g, total, err)
		}
	}
	return nil
}

func (s *parquetShard) listGroup(x *datasets.Index, p *parquets, g int, group parquet.RowGroup, total *int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("a damaged parquet file: %v", r)
		}
	}()
	columns := map[int]func() ([]parquet.Value, error, bool){}
	for _, c := range s.columns() {
		if c == s.bytes {
			continue
		}
		next, stop := iter.Pull2(columnRows(group.ColumnChunks()[c]))
		defer stop()
		columns[c] = next
	}
	for n := range group.NumRows() {
		values := map[int][]parquet.Value{}
		for c, next := range columns {
			v, err, ok := next()
			if !ok {
				return fmt.Errorf("it ends at row %d of %d", n, group.NumRows())
			} else if err != nil {
				return err
			}
			values[c] = v
		}
		name := fmt.Sprintf("%s/%06d%s", p.names[s.number], *total, strings.ToLower(path.Ext(strings.Join(first(s.texts(values[s.path])), ""))))
		*total++
		if left := s.leaves(p.where, values); left != "" {
			x.Leave(left, name)
			continue
		}
		r := datasets.Row{Name: name, Place: datasets.Extent{File: s.number, At: n, Size: int64(g)}}
		labels, numbers := s.texts(values[s.labels])
		r.Labels, r.Captions = datasets.Trimmed(labels), datasets.Trimmed(first(s.texts(values[s.captions])))
		if err := r.Classed(s.names, numbers); err != nil {
			r.Problem = err.Error()
		}
		if len(r.Labels)+len(r.Captions) == 0 {
			r.Problem = "the row has neither a label nor a caption"
		}
		if err := x.Add(r); err != nil {
			return err
		}
	}
	return nil
}

// texts returns a row's values, and whether they are numbers. -1 is the hub's "none".
func (s *parquetShard) texts(values []parquet.Value) (out []string, numbers bool) {
	for _, v := range values {
		switch {
		case v.IsNull():
		case v.Kind() == parquet.Int32 || v.Kind() == parquet.Int64:
			numbers = true
			if n := v.Int64(); n != -1 {
				out = append(out, fmt.Sprint(n))
			}
		case v.Kind() == parquet.ByteArray || v.Kind() == parquet.FixedLenByteArray:
			out = append(out, string(v.ByteArray()))
		default:
			out = append(out, v.String())
		}
	}
	return out, numbers
}

// leaves says why a filter leaves a row out, or "". It compares both the names and the numbers of a ClassLabel.
func (s *parquetShard) leaves(w datasets.Where, row map[int][]parquet.Value) string {
	return w.Leaves(func(column string) []string {
		f := s.where[column]
		values, numbers := s.texts(row[f.column])
		for _, v := range slices.Clone(values) {
			if n, err := strconv.Atoi(v); numbers && err == nil && n >= 0 && n < len(f.names) {
				values = append(values, f.names[n])
			}
		}
		return values
	})
}

func first[A, B any](a A, _ B) A { return a }

// columnRows yields the values of each row of a column.
func columnRows(chunk parquet.ColumnChunk) iter.Seq2[[]parquet.Value, error] {
	return func(yield func([]parquet.Value, error) bool) {
		pages := chunk.Pages()
		defer pages.Close()
		var values []parquet.Value
		buffer := make([]parquet.Value, 64)
		for {
			page, err := pages.ReadPage()
			if errors.Is(err, io.EOF) {
				if len(values) > 0 {
					yield(values, nil)
				}
				return
			} else if err != nil {
				yield(nil, err)
				return
			}
			for in, ended := page.Values(), false; !ended; {
				n, err := in.ReadValues(buffer)
				for _, v := range buffer[:n] {
					if v.RepetitionLevel() == 0 && len(values) > 0 {
						if !yield(values, nil) {
							return
						}
						values = nil
					}
					if len(values) > datasets.MaxTexts {
						yield(nil, fmt.Errorf("a row has more than %d values", datasets.MaxTexts))
						return
					}
					values = append(values, v.Clone())
				}
				if ended = err != nil || n == 0; err != nil && !errors.Is(err, io.EOF) {
					yield(nil, err)
					return
				}
			}
			parquet.Release(page)
		}
	}
}
