package parquetpages

import (
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"sync"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// view is a parquet file with an addition at its end: the chosen columns once more, unpacked, and a footer
// that names them. A page is unpacked when it is read, and kept until the next page of its column. A view
// is safe for concurrent use.
type view struct {
	file     io.ReaderAt
	size     int64
	pieces   []piece // in the order of their places
	end      int64
	footerAt int64
	footer   []byte

	mu   sync.Mutex
	held map[int]held // by column
}

// piece is a page in the view.
type piece struct {
	at     int64
	head   []byte
	page   pageAt // with the sizes in the file
	column int
	codec  format.CompressionCodec
	leaf   parquet.LeafColumn
}

func (p piece) end() int64 { return p.at + int64(len(p.head)) + int64(p.page.UncompressedPageSize) }

// held is the page that was unpacked last.
type held struct {
	at   int64
	data []byte
	err  error
}

// addChunk adds the pages of a column chunk, and makes the chunk's description point to them.
func (v *view) addChunk(c *format.ColumnChunk, column int, leaf parquet.LeafColumn) error {
	m := &c.MetaData
	at := m.DataPageOffset
	if d := m.DictionaryPageOffset; d > 0 && d < at {
		at = d
	}
	if m.NumValues < 0 || c.FilePath != "" {
		return errors.New("a column that is stored in another file")
	}
	begin, dictionary, data := v.end, int64(0), int64(0)
	err := walkPages(v.file, at, m.TotalCompressedSize, func(p pageAt) error {
		where := v.end
		if err := v.add(p, column, m.Codec, leaf); err != nil || v.end == where {
			return err
		}
		if p.Type == format.DictionaryPage {
			dictionary = cmp.Or(dictionary, where)
		} else {
			data = cmp.Or(data, where)
		}
		return nil
	})
	m.Codec, m.TotalCompressedSize, m.TotalUncompressedSize = format.Uncompressed, v.end-begin, v.end-begin
	m.DictionaryPageOffset, m.DataPageOffset = dictionary, cmp.Or(data, begin)
	m.IndexPageOffset, m.BloomFilterOffset = 0, 0
	c.FileOffset, c.OffsetIndexOffset, c.OffsetIndexLength, c.ColumnIndexOffset, c.ColumnIndexLength = 0, 0, 0, 0, 0
	return err
}

func (v *view) add(p pageAt, column int, codec format.CompressionCodec, leaf parquet.LeafColumn) error {
	switch {
	case len(v.pieces) == maxPages:
		return fmt.Errorf("more than %d pages", maxPages)
	case !p.DataPageHeader.Valid && !p.DataPageHeaderV2.Valid && !p.DictionaryPageHeader.Valid:
		return nil // an index
	}
	if _, _, err := p.levels(); err != nil {
		return err
	}
	shown := p.PageHeader
	if codec == format.Uncompressed {
		p.UncompressedPageSize = p.CompressedPageSize
	}
	shown.CompressedPageSize, shown.UncompressedPageSize, shown.CRC = p.UncompressedPageSize, p.UncompressedPageSize, 0
	shown.DataPageHeader.V.Statistics, shown.DataPageHeaderV2.V.Statistics = format.Statistics{}, format.Statistics{}
	if shown.DataPageHeaderV2.Valid {
		shown.DataPageHeaderV2.V.IsCompressed = thrift.New(false)
	}
	head, err := thrift.Marshal(new(thrift.CompactProtocol), shown)
	if err != nil {
		return err
	}
	next := piece{v.end, head, p, column, codec, leaf}
	v.pieces, v.end = append(v.pieces, next), next.end()
	return nil
}

func (v *view) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		part, err := v.part(off+int64(n), len(p)-n)
		if err != nil {
			return n, err
		}
		n += copy(p[n:], part)
	}
	return n, nil
}

// part returns some bytes from an offset on.
func (v *view) part(off int64, most int) ([]byte, error) {
	switch {
	case off < 0:
		return nil, errors.New("a position before the start of the file")
	case off < v.size:
		data := make([]byte, min(int64(most), v.size-off))
		n, err := v.file.ReadAt(data, off)
		if n == len(data) {
			err = nil
		}
		return data[:n], err
	case off >= v.end:
		return nil, io.EOF
	case off >= v.footerAt:
		return v.footer[off-v.footerAt:], nil
	}
	at, found := slices.BinarySearchFunc(v.pieces, off, func(p piece, off int64) int { return cmp.Compare(p.at, off) })
	if !found {
		at--
	}
	p := v.pieces[at]
	if off -= p.at; off < int64(len(p.head)) {
		return p.head[off:], nil
	}
	data, err := v.load(p)
	if err != nil {
		return nil, err
	}
	return data[off-int64(len(p.head)):], nil
}

func (v *view) load(p piece) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if h, ok := v.held[p.column]; ok && h.at == p.at {
		return h.data, h.err
	}
	delete(v.held, p.column) // so that there are never two in memory
	data, err := p.read(v.file)
	v.held[p.column] = held{p.at, data, err}
	return data, err
}

// read returns a page's unpacked bytes.
func (p piece) read(r io.ReaderAt) ([]byte, error) {
	packed := make([]byte, p.page.CompressedPageSize) // the file has these bytes: walkPages checks it
	if _, err := io.ReadFull(io.NewSectionReader(r, p.page.at, int64(len(packed))), packed); err != nil {
		return nil, err
	}
	if want := uint32(p.page.CRC); want != 0 && crc32.ChecksumIEEE(packed) != want {
		return nil, errors.New("a page's checksum is wrong")
	}
	repetition, definition, err := p.page.levels()
	if err != nil {
		return nil, err
	}
	front, whole := repetition+definition, int(p.page.UncompressedPageSize)
	data := packed
	if v2 := p.page.DataPageHeaderV2; p.codec != format.Uncompressed && (!v2.Valid || !v2.V.IsCompressed.Valid || v2.V.IsCompressed.V) {
		if data, err = unpack(p.codec, packed[:front], packed[front:], whole); err != nil {
			return nil, fmt.Errorf("a page compressed with %s: %w", p.codec, err)
		}
	}
	if len(data) != whole {
		return nil, fmt.Errorf("a page has %d bytes, but its header says %d", len(data), whole)
	}
	if err := p.checkRuns(data); err != nil {
		return nil, err
	}
	return data, nil
}
