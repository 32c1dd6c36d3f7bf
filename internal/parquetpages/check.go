package parquetpages

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Limits for what a parquet file may claim about itself.
const (
	maxFooter     = 64 << 20
	maxHeader     = 64 << 20 // its statistics may contain whole pictures
	maxPage       = 1 << 30  // bytes
	maxPageValues = 16 << 20
	maxPages      = 4 << 20 // over all chunks, because their positions are held in memory
)

// pageAt is a page's header and the position of its bytes.
type pageAt struct {
	format.PageHeader
	at int64
}

// walkPages passes on the page headers of a column chunk at an offset, and rejects what the chunk cannot
// hold. It skips the pages themselves.
func walkPages(r io.ReaderAt, at, size int64, use func(pageAt) error) error {
	if at < 0 || size < 0 {
		return fmt.Errorf("a column of %d bytes at position %d", size, at)
	}
	in := bufio.NewReaderSize(io.NewSectionReader(r, at, size), 512)
	for left := size; left > 0; {
		head, err := readHeader(in, min(left, maxHeader))
		if err != nil {
			return fmt.Errorf("a damaged page header: %w", err)
		}
		left -= int64(len(head))
		var p pageAt
		if err := thrift.Unmarshal(new(thrift.CompactProtocol), head, &p.PageHeader); err != nil {
			return fmt.Errorf("a damaged page header: %w", err)
		}
		packed, whole, values := int64(p.CompressedPageSize), int64(p.UncompressedPageSize), p.values()
		if packed < 0 || packed > left || whole < 0 || whole > maxPage || values < 0 || values > maxPageValues {
			return fmt.Errorf("a page of %d bytes, %d unpacked, and %d values where %d bytes are left: over the limits", packed, whole, values, left)
		}
		p.at = at + size - left
		if err := use(p); err != nil {
			return err
		}
		// Skip a long page without reading it: continue reading the section after it.
		left -= packed
		in.Reset(io.NewSectionReader(r, at+size-left, left))
	}
	return nil
}

// readHeader reads one structure of at most limit bytes.
func readHeader(in *bufio.Reader, limit int64) ([]byte, error) {
	t := &walker{in: in, left: limit, keep: true}
	err := t.structure(0)
	return t.kept, err
}

func (p pageAt) values() int64 {
	switch {
	case p.DataPageHeader.Valid:
		return int64(p.DataPageHeader.V.NumValues)
	case p.DataPageHeaderV2.Valid:
		return int64(p.DataPageHeaderV2.V.NumValues)
	case p.DictionaryPageHeader.Valid:
		return int64(p.DictionaryPageHeader.V.NumValues)
	}
	return 0
}

// levels are the bytes before a page of the second version that are never packed.
func (p pageAt) levels() (repetition, definition int, err error) {
	if !p.DataPageHeaderV2.Valid {
		return 0, 0, nil
	}
	repetition, definition = int(p.DataPageHeaderV2.V.RepetitionLevelsByteLength), int(p.DataPageHeaderV2.V.DefinitionLevelsByteLength)
	if repetition < 0 || definition < 0 || repetition+definition > int(min(p.CompressedPageSize, p.UncompressedPageSize)) {
		return 0, 0, errors.New("a page whose levels are longer than itself")
	}
	return repetition, definition, nil
}
