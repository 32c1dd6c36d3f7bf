// Package parquetpages opens parquet files from untrusted sources. The library believes the sizes that a file
// claims and allocates memory for them. This package therefore checks each size first, and unpacks pages itself,
// never beyond the size in their header.
package parquetpages

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Open opens a file of which only the leaf columns chosen by choose will be read. The library may report errors as
// panics, which the caller has to recover.
func Open(r io.ReaderAt, size int64, choose func(*parquet.File) ([]int, error)) (*parquet.File, error) {
	footer, err := readFooter(r, size)
	if err != nil {
		return nil, err
	}
	quiet := []parquet.FileOption{parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true)}
	f, err := parquet.OpenFile(r, size, quiet...)
	if err != nil {
		return nil, fmt.Errorf("not a whole Parquet file: %w", err)
	}
	columns, err := choose(f)
	if err != nil {
		return nil, err
	}
	meta := new(format.FileMetaData)
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), footer, meta); err != nil {
		return nil, fmt.Errorf("a damaged footer: %w", err)
	}
	v := &view{file: r, size: size, end: size, held: map[int]held{}}
	for g := range meta.RowGroups {
		for _, c := range columns {
			if c >= len(meta.RowGroups[g].Columns) {
				return nil, fmt.Errorf("row group %d has %d columns", g, len(meta.RowGroups[g].Columns))
			}
			if err := v.addChunk(&meta.RowGroups[g].Columns[c], c, leaf(f, c)); err != nil {
				return nil, fmt.Errorf("row group %d: %w", g, err)
			}
		}
	}
	if err := v.close(meta); err != nil {
		return nil, err
	}
	return parquet.OpenFile(v, v.end, quiet...)
}

func leaf(f *parquet.File, column int) parquet.LeafColumn {
	l, _ := f.Schema().Lookup(f.Schema().Columns()[column]...)
	return l
}

// readFooter checks that the footer fits in the file and is complete.
func readFooter(r io.ReaderAt, size int64) ([]byte, error) {
	end := make([]byte, 8)
	if _, err := r.ReadAt(end, max(0, size-8)); err != nil || size < 12 {
		return nil, fmt.Errorf("not a whole Parquet file: %d bytes", size)
	}
	length := int64(binary.LittleEndian.Uint32(end))
	switch {
	case string(end[4:]) == "PARE":
		return nil, errors.New("an encrypted parquet file: decrypt it first")
	case string(end[4:]) != "PAR1" || length > min(size-12, maxFooter):
		return nil, errors.New("not a whole Parquet file: it does not end in a footer")
	}
	footer := make([]byte, length)
	if _, err := r.ReadAt(footer, size-8-length); err != nil {
		return nil, err
	}
	if err := checkThrift(footer); err != nil {
		return nil, fmt.Errorf("a damaged footer: %w", err)
	}
	return footer, nil
}

// close adds the footer that says where the unpacked pages are.
func (v *view) close(meta *format.FileMetaData) error {
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), meta)
	if err != nil {
		return err
	}
	footer = binary.LittleEndian.AppendUint32(footer, uint32(len(footer)))
	v.footerAt, v.footer = v.end, append(footer, "PAR1"...)
	v.end += int64(len(v.footer))
	return nil
}
