package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// versionKey is the file metadata that holds SchemaVersion.
const versionKey = "fastclip.schema_version"

// hashedKey is the file metadata of programs that end a run with hashes of its files. A run of such a
// program without hashes has lost them.
const hashedKey = "fastclip.hashed"

// groupRows is the largest number of rows in a row group. A group is held in memory until it is written.
const groupRows = 1 << 17

// Write makes a Parquet file from rows of one of the types of this package, and replaces an existing one. The file
// appears completely or not at all, whenever the process or the machine stops. Equal rows give equal bytes.
func Write[T any](path string, rows []T) error {
	return writeAtomic(path, func(w io.Writer) error { return encode(w, rows) })
}

func encode[T any](w io.Writer, rows []T) error {
	pw := newWriter[T](w, pageBytes)
	if _, err := pw.Write(rows); err != nil {
		return err
	}
	return pw.Close()
}

// codec keeps its encoders for the next column and file, because each takes megabytes.
var codec = &zstd.Codec{Level: zstd.SpeedDefault}

// pageBytes is enough for all metrics of a search with some thousand queries.
const pageBytes = 4 << 20

func newWriter[T any](w io.Writer, page int) *parquet.GenericWriter[T] {
	return parquet.NewGenericWriter[T](w,
		parquet.Compression(codec),
		parquet.PageBufferSize(page), // a page is compressed alone, and a query's rows for the metrics repeat each other
		parquet.CreatedBy("fastclip", strconv.Itoa(SchemaVersion), ""),
		parquet.KeyValueMetadata(versionKey, strconv.Itoa(SchemaVersion)), parquet.KeyValueMetadata(hashedKey, "1"),
		parquet.MaxRowsPerRowGroup(groupRows),
		parquet.DataPageStatistics(false),                                                        // readers take them from the footer
		parquet.SkipPageBounds("query_id"), parquet.SkipPageBounds("top_ids", "list", "element"), // they are slow to find and exclude no page
		parquet.DataPageVersion(1), // of version 2, which lists end where is not compressed: 0.8 of 2.1 MB of queries.parquet
	)
}

// WriteFile replaces a file that is not a table in the same way: it appears completely or not at all.
func WriteFile(path string, data []byte) error {
	return writeAtomic(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// writeAtomic writes to a temporary name in the same folder, syncs, and renames.
func writeAtomic(path string, fill func(io.Writer) error) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return fmt.Errorf("write %s: %w: check that the folder exists and can be written to", path, err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", path, errors.Join(err, f.Close(), os.Remove(f.Name())))
		}
	}()
	if err := fill(f); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes a rename in a folder survive a crash of the machine.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
