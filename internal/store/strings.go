package store

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"

	"github.com/fastclip/fastclip/internal/parquetpages"
)

// ReadStrings returns the values of string columns of any Parquet file, by column. Null becomes "". A damaged or hostile file gives an error, and does not
// panic.
func ReadStrings(path string, columns ...string) (out [][]string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // nothing was written
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("damaged Parquet file: %v", p)
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	var at []int
	file, err := parquetpages.Open(f, info.Size(), func(file *parquet.File) ([]int, error) {
		for _, name := range columns {
			leaf, ok := file.Schema().Lookup(name)
			if !ok || leaf.Node.Type().Kind() != parquet.ByteArray || leaf.MaxRepetitionLevel > 0 {
				return nil, fmt.Errorf("no column %s of strings", name)
			}
			at = append(at, leaf.ColumnIndex)
		}
		return at, nil
	})
	if err != nil {
		return nil, err
	}
	for i, column := range at {
		values, err := columnStrings(file, column)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", columns[i], err)
		}
		out = append(out, values)
	}
	return out, nil
}

func columnStrings(file *parquet.File, column int) (out []string, err error) {
	buffer := make([]parquet.Value, 256)
	for _, group := range file.RowGroups() {
		pages := group.ColumnChunks()[column].Pages()
		for {
			page, err := pages.ReadPage()
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, errors.Join(err, pages.Close())
			}
			for in, more := page.Values(), true; more; {
				n, err := in.ReadValues(buffer)
				for _, v := range buffer[:n] {
					if v.IsNull() {
						out = append(out, "")
						continue
					}
					out = append(out, string(v.ByteArray())) // string copies the bytes
				}
				if more = err == nil && n > 0; err != nil && !errors.Is(err, io.EOF) {
					return nil, errors.Join(err, pages.Close())
				}
			}
			parquet.Release(page)
		}
		if err := pages.Close(); err != nil {
			return nil, err
		}
	}
	if int64(len(out)) != file.NumRows() {
		return nil, fmt.Errorf("%d values where its footer says %d rows", len(out), file.NumRows())
	}
	return out, nil
}
