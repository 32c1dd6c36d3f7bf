package datasets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/parquet-go/parquet-go"
)

// HFParquetOptions name parquet files.
type HFParquetOptions struct {
	Options
	Files   string  // braces, * and ?: data/test-*.parquet
	Columns Columns // Path is the picture's; a part of a struct is named sentences.raw; "" takes the usual names
}

// OpenHFParquet reads parquet files as the Hugging Face hub has them: a column of pictures, a
// struct of bytes and path or the bytes alone, and columns of captions or labels, single or
// lists. Numbers of labels get the names of the ClassLabel in the embedded metadata. A file or
// a row that cannot be read is an error of that item; the rest goes on.
func OpenHFParquet(ctx context.Context, o HFParquetOptions) (Dataset, error) {
	what := "hfparquet " + o.Files
	shards, err := openSharded(o.Files)
	if err != nil {
		return nil, fmt.Errorf("dataset %s: %w", what, err)
	}
	if o.Name == "" {
		o.Name = filepath.Base(shards.above)
	}
	p := &parquets{sharded: shards, columns: o.Columns}
	return openListing(ctx, what, o.Options, p, func(x *index) error {
		for i := range p.files {
			err := p.list(x, i)
			if stop := x.ctx.Err(); stop != nil {
				return stop
			}
			if err != nil {
				if err := x.bad(p.names[i], "%v", err); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// parquets reads pictures from their files. The pages around the last picture are kept, since
// pictures are mostly wanted in order.
type parquets struct {
	sharded
	columns Columns

	mu   sync.Mutex
	open *parquetShard
	// Where the open shard's reader stands.
	pages parquet.Pages
	group int
	next  int64 // row of the group
	held  []heldPage
}

// heldBytes is the size of the pages that are kept: several readers want pictures in nearly
// their order, and to step back means to read a row group from its start.
const heldBytes = 32 << 20

// heldPage is the pictures of one page.
type heldPage struct {
	file, group int
	first       int64
	rows        [][]byte
	bytes       int
}

// parquetShard is one open file and the places of what is wanted of it; -1 is not there.
type parquetShard struct {
	number                        int
	in                            *os.File
	file                          *parquet.File
	bytes, path, labels, captions int
	names                         []string // of classes
}

func (p *parquets) openShard(number int) (s *parquetShard, err error) {
	in, err := os.Open(p.files[number])
	if err != nil {
		return nil, err
	}
	s = &parquetShard{number: number, in: in}
	defer func() {
		if r := recover(); r != nil { // the library trusts what files say of themselves
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
	if err := checkFooter(in, info.Size()); err != nil {
		return nil, err
	}
	if s.file, err = parquet.OpenFile(in, info.Size(), parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true)); err != nil {
		return nil, fmt.Errorf("no whole parquet file: %w", err)
	}
	if err := s.find(p.columns); err != nil {
		return nil, err
	}
	return s, s.checkChunks()
}

// find chooses the columns.
func (s *parquetShard) find(c Columns) error {
	at := map[string]int{}
	var have []string
	for i, parts := range s.file.Schema().Columns() {
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
	text, _ := s.file.Lookup("huggingface")
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
	var label string
	label, s.labels = choose(labels, "")
	_, s.captions = choose(captions, "")
	s.names = features[label].Names
	if s.bytes < 0 || s.labels < 0 && s.captions < 0 || c.Labels != "" && s.labels < 0 || c.Captions != "" && s.captions < 0 {
		return fmt.Errorf("no column %s, or neither labels (%s) nor captions (%s): it has %s", strings.Join(images, " or "), strings.Join(labels, ", "), strings.Join(captions, ", "), strings.Join(have, ", "))
	}
	return nil
}

// checkChunks looks at the page headers of the columns that will be read.
func (s *parquetShard) checkChunks() error {
	for g, group := range s.file.Metadata().RowGroups {
		for _, c := range []int{s.bytes, s.path, s.labels, s.captions} {
			if c < 0 {
				continue
			}
			if c >= len(group.Columns) {
				return fmt.Errorf("row group %d has %d columns", g, len(group.Columns))
			}
			m := group.Columns[c].MetaData
			at := m.DataPageOffset
			if d := m.DictionaryPageOffset; d > 0 && d < at {
				at = d
			}
			if err := checkPages(s.in, at, m.TotalCompressedSize); err != nil {
				return fmt.Errorf("row group %d: %w", g, err)
			}
		}
	}
	return nil
}

// list lists the rows of a file; the pictures themselves are not read.
func (p *parquets) list(x *index, number int) (err error) {
	s, err := p.openShard(number)
	if err != nil {
		return err
	}
	defer s.in.Close()
	total := 0
	for g, group := range s.file.RowGroups() {
		if err := s.listGroup(x, p.names[number], g, group, &total); err != nil {
			return fmt.Errorf("%s, row group %d, after row %d: %w", p.files[number], g, total, err)
		}
	}
	return nil
}

func (s *parquetShard) listGroup(x *index, folder string, g int, group parquet.RowGroup, total *int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("a damaged parquet file: %v", r)
		}
	}()
	columns := map[int]func() ([]parquet.Value, error, bool){}
	for _, c := range []int{s.path, s.labels, s.captions} {
		if c < 0 || columns[c] != nil {
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
		name := fmt.Sprintf("%s/%06d%s", folder, *total, strings.ToLower(path.Ext(strings.Join(s.texts(values[s.path], nil), ""))))
		*total++
		r := row{Name: name, Place: extent{File: s.number, At: n, Size: int64(g)}}
		r.Labels, r.Captions = trimmed(s.texts(values[s.labels], s.names)), trimmed(s.texts(values[s.captions], nil))
		if len(r.Labels)+len(r.Captions) == 0 {
			r.Problem = "the row has neither a label nor a caption"
		}
		if err := x.add(r); err != nil {
			return err
		}
	}
	return nil
}

// texts gives a row's values; numbers of classes as their names, -1 being the hub's "none".
func (s *parquetShard) texts(values []parquet.Value, names []string) (out []string) {
	for _, v := range values {
		switch {
		case v.IsNull():
		case v.Kind() == parquet.Int32 || v.Kind() == parquet.Int64:
			if n := v.Int64(); n >= 0 && n < int64(len(names)) {
				out = append(out, names[n])
			} else if len(names) == 0 {
				out = append(out, fmt.Sprint(n))
			}
		case v.Kind() == parquet.ByteArray || v.Kind() == parquet.FixedLenByteArray:
			out = append(out, string(v.ByteArray()))
		default:
			out = append(out, v.String())
		}
	}
	return out
}

// columnRows gives the values of each row of a column.
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
					if len(values) > maxTexts {
						yield(nil, fmt.Errorf("a row has more than %d values", maxTexts))
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

func (p *parquets) read(_ context.Context, r row) (data []byte, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("a damaged parquet file: %v", caught)
		}
		if err != nil {
			err = errors.Join(fmt.Errorf("%s: %s: %w", p.files[r.Place.File], r.Name, err), p.drop())
		}
	}()
	want := r.Place
	has := func(h heldPage) bool { return h.has(want) }
	at := slices.IndexFunc(p.held, has)
	for ; at < 0; at = slices.IndexFunc(p.held, has) {
		if err := p.advance(want); err != nil {
			return nil, err
		}
	}
	data = p.held[at].rows[want.At-p.held[at].first]
	if len(data) == 0 {
		return nil, errors.New("its bytes are not in the file")
	}
	return slices.Clone(data), nil
}

func (h heldPage) has(want extent) bool {
	return h.file == want.File && h.group == int(want.Size) && want.At >= h.first && want.At < h.first+int64(len(h.rows))
}

// advance reads the page that the reader stands before, or that the picture lies in.
func (p *parquets) advance(want extent) error {
	if p.open == nil || p.open.number != want.File {
		held := p.held
		if err := p.drop(); err != nil {
			return err
		}
		p.held = held
		s, err := p.openShard(want.File)
		if err != nil {
			return err
		}
		p.open = s
	}
	if group := int(want.Size); p.pages == nil || p.group != group || p.next > want.At {
		if p.pages != nil {
			p.pages.Close()
		}
		p.pages = p.open.file.RowGroups()[group].ColumnChunks()[p.open.bytes].Pages()
		p.group, p.next = group, want.At
		if err := p.pages.SeekToRow(want.At); err != nil {
			return err
		}
	}
	page, err := p.pages.ReadPage()
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	} else if err != nil {
		return err
	}
	rows, err := pageBytes(page) // which is not released: the rows are its own memory
	if err != nil {
		return err
	}
	p.hold(heldPage{file: want.File, group: p.group, first: p.next, rows: rows})
	p.next += int64(len(rows))
	return nil
}

// hold keeps a page, and lets go of the oldest ones.
func (p *parquets) hold(page heldPage) {
	for _, data := range page.rows {
		page.bytes += len(data)
	}
	p.held = append(p.held, page)
	total := 0
	for i, h := range slices.Backward(p.held) {
		if total += h.bytes + 64*len(h.rows); total > heldBytes && i < len(p.held)-1 {
			p.held = slices.Delete(p.held, 0, i+1)
			break
		}
	}
}

// pageBytes gives a page's values: some writers make pages of 100 MB, so they are copied only
// from dictionaries, which end with their column.
func pageBytes(page parquet.Page) (rows [][]byte, err error) {
	buffer := make([]parquet.Value, 64)
	for in := page.Values(); ; {
		n, err := in.ReadValues(buffer)
		for _, v := range buffer[:n] {
			if v.RepetitionLevel() != 0 || !v.IsNull() && v.Kind() != parquet.ByteArray {
				return nil, errors.New("its column holds no pictures")
			}
			if v.IsNull() {
				rows = append(rows, nil)
				continue
			}
			data := v.ByteArray()
			if page.Dictionary() != nil {
				data = slices.Clone(data)
			}
			rows = append(rows, data)
		}
		if errors.Is(err, io.EOF) || err == nil && n == 0 {
			return rows, nil
		} else if err != nil {
			return nil, err
		}
	}
}

func (p *parquets) drop() error {
	var errs []error
	if p.pages != nil {
		errs = append(errs, p.pages.Close())
	}
	if p.open != nil {
		errs = append(errs, p.open.in.Close())
	}
	p.open, p.pages, p.held = nil, nil, nil
	return errors.Join(errs...)
}

func (p *parquets) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.drop()
}
