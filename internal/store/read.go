package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/parquet-go/parquet-go"
)

// mend is the remedy for a file that cannot be read.
const mend = "remove the run's folder and evaluate again"

// Read returns the rows of a file that Write made. Any other file, even a damaged or hostile one, is an error that
// names the file, the reason and the remedy, never a panic. Columns that T does not have are ignored. Columns that
// were added after SchemaVersion 1 may be missing.
func Read[T any](path string) ([]T, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read results: %w: %s", err, mend)
	}
	defer f.Close() // only read from
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	rows, err := decode[T](f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("read %s: %w: %s", path, err, mend)
	}
	return rows, nil
}

// decode recovers from panics. The library checks footers, but trusts what pages claim.
func decode[T any](r io.ReaderAt, size int64) (rows []T, err error) {
	defer func() {
		if p := recover(); p != nil {
			rows, err = nil, fmt.Errorf("damaged Parquet file: %v", p)
		}
	}()
	if err := checkFooter(r, size); err != nil {
		return nil, err
	}
	f, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("not a whole Parquet file: %w", err)
	}
	if err := checkVersion(f); err != nil {
		return nil, err
	}
	if err := checkSchema(f.Schema(), parquet.SchemaOf(new(T))); err != nil {
		return nil, err
	}
	return readAll[T](f)
}

// checkFooter checks that the footer's length fits in the file, because the library allocates it without a
// check.
func checkFooter(r io.ReaderAt, size int64) error {
	const magic = "PAR1"
	end := make([]byte, 8)
	if size < int64(len(magic)+len(end)) {
		return fmt.Errorf("not a whole Parquet file: %d bytes", size)
	}
	if _, err := r.ReadAt(end, size-int64(len(end))); err != nil {
		return fmt.Errorf("not a whole Parquet file: %w", err)
	}
	footer := int64(binary.LittleEndian.Uint32(end))
	if string(end[4:]) != magic || footer > size-int64(len(magic)+len(end)) {
		return errors.New("not a whole Parquet file: it does not end in a footer")
	}
	return nil
}

// readAll grows as rows come, because the number in the footer is not trusted.
func readAll[T any](f *parquet.File) (rows []T, err error) {
	r := parquet.NewGenericReader[T](f)
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		buf := make([]T, 1024)
		n, err := r.Read(buf)
		rows = append(rows, buf[:n]...)
		if errors.Is(err, io.EOF) {
			if want := f.NumRows(); int64(len(rows)) != want {
				return nil, fmt.Errorf("damaged Parquet file: %d rows where its footer says %d", len(rows), want)
			}
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("damaged Parquet file: %w", err)
		}
		if n == 0 {
			return nil, fmt.Errorf("damaged Parquet file: no row after row %d", len(rows))
		}
	}
}

// saysHashed tells whether a table is from a program that ends a run with hashes of its files.
func saysHashed(path string) (says bool, err error) {
	defer func() {
		if p := recover(); p != nil { // as of decode
			err = fmt.Errorf("read %s: damaged Parquet file: %v: %s", path, p, mend)
		}
	}()
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close() // only read from
	info, err := file.Stat()
	if err != nil {
		return false, err
	}
	if err := checkFooter(file, info.Size()); err != nil {
		return false, fmt.Errorf("read %s: %w: %s", path, err, mend)
	}
	f, err := parquet.OpenFile(file, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return false, fmt.Errorf("read %s: not a whole Parquet file: %w: %s", path, err, mend)
	}
	_, ok := f.Lookup(hashedKey)
	return ok, nil
}

func checkVersion(f *parquet.File) error {
	value, ok := f.Lookup(versionKey)
	if !ok {
		return errors.New("fastclip did not write this file: its metadata has no " + versionKey)
	}
	version, err := strconv.Atoi(value)
	if err != nil {
		return fmt.Errorf("schema version %q is not a number", value)
	}
	if version > SchemaVersion {
		return fmt.Errorf("schema version %d is newer than this program's %d: update fastclip", version, SchemaVersion)
	}
	return nil
}

// checkSchema checks that every wanted column exists with its type. Programs add columns and never rename
// or remove one. So a file with an unknown column has all columns that this program knows, or it is
// damaged.
func checkSchema(have, want *parquet.Schema) error {
	strange := ""
	for _, path := range have.Columns() {
		if _, ok := want.Lookup(path...); !ok {
			strange = columnName(path)
		}
	}
	for _, path := range want.Columns() {
		w, _ := want.Lookup(path...)
		h, ok := have.Lookup(path...)
		if !ok {
			if strange != "" {
				return fmt.Errorf("damaged Parquet file: it has a column %s, but no column %s", strange, columnName(path))
			}
			if w.Node.Optional() || optionalColumn(want, path[0]) || slices.Contains(addedCounts, path[0]) {
				continue
			}
			return fmt.Errorf("no column %s", columnName(path))
		}
		if h.Node.Type().String() != w.Node.Type().String() || h.Node.Repeated() != w.Node.Repeated() ||
			h.MaxRepetitionLevel != w.MaxRepetitionLevel {
			return fmt.Errorf("column %s has type %s, want %s", columnName(path), h.Node.Type(), w.Node.Type())
		}
	}
	return nil
}

// addedCounts are columns of datasets.parquet that were added after SchemaVersion 1 and are no pointers.
// In older runs they are 0 or empty.
var addedCounts = []string{"classes", "seen", "used", "merged", "ignored", "overwritten", "refused", "balance", "suspect", "suspect_why"}

// optionalColumn tells whether a whole column may be missing, such as a list that was added later.
func optionalColumn(schema *parquet.Schema, name string) bool {
	for _, f := range schema.Fields() {
		if f.Name() == name {
			return f.Optional()
		}
	}
	return false
}

// columnName is a leaf's column as users see it. The inner nodes of a list are Parquet's own.
func columnName(path []string) string { return path[0] }
