package store

import (
	"errors"
	"fmt"
	"io"
	"iter"
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

// WriteAll is Write for the rows of all sequences, one after the other. They are never all in memory: a goroutine
// produces them shortly before they are written.
func WriteAll[T any](path string, rows ...iter.Seq[T]) error {
	return writeAtomic(path, func(w io.Writer) error {
		pw := newWriter[T](w)
		full, free, stop := make(chan []T), make(chan []T, batchesHeld), make(chan struct{})
		for range batchesHeld {
			free <- make([]T, 0, batchRows)
		}
		go func() {
			defer close(full)
			batches(rows, full, free, stop)
		}()
		defer func() { // do not leave the producer of rows behind
			close(stop)
			for range full {
			}
		}()
		for batch := range full {
			if _, err := pw.Write(batch); err != nil {
				return err
			}
			free <- batch
		}
		return pw.Close()
	})
}

// The number of batches, and of rows per batch, that WriteAll holds.
const batchesHeld, batchRows = 3, 4096

// batches sends rows to full until stop is closed. It takes the slices for them from free.
func batches[T any](rows []iter.Seq[T], full chan<- []T, free <-chan []T, stop <-chan struct{}) {
	held := (<-free)[:0]
	send := func() bool {
		select {
		case full <- held:
		case <-stop:
			return false
		}
		select {
		case held = <-free:
			held = held[:0]
			return true
		case <-stop:
			return false
		}
	}
	for _, seq := range rows {
		for row := range seq {
			if held = append(held, row); len(held) == batchRows && !send() {
				return
			}
		}
	}
	send()
}

func encode[T any](w io.Writer, rows []T) error {
	pw := newWriter[T](w)
	if _, err := pw.Write(rows); err != nil {
		return err
	}
	return pw.Close()
}

// pageBytes is enough for all metrics of a search with some thousand queries.
const pageBytes = 4 << 20

func newWriter[T any](w io.Writer) *parquet.GenericWriter[T] {
	return parquet.NewGenericWriter[T](w,
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault}),
		parquet.PageBufferSize(pageBytes), // a page is compressed alone, and a query's rows for the metrics repeat each other
		parquet.CreatedBy("fastclip", strconv.Itoa(SchemaVersion), ""),
		parquet.KeyValueMetadata(versionKey, strconv.Itoa(SchemaVersion)), parquet.KeyValueMetadata(hashedKey, "1"),
		parquet.MaxRowsPerRowGroup(groupRows),
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
