package store

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
)

// Results are all tables of a run except the embeddings.
type Results struct {
	Run      Run
	Datasets []Dataset
	Variants []Variant
	Scores   []Score
	Queries  []Query
	Drift    []Drift
	Timings  []Timing
	Failures []Failure
	Pooled   []Pooled
	Items    []Item
}

// Table names a file of a run, without its suffix.
type Table string

// The tables of a run.
const (
	TableRun      Table = "run"
	TableDatasets Table = "datasets"
	TableVariants Table = "variants"
	TableScores   Table = "scores"
	TableQueries  Table = "queries"
	TableDrift    Table = "drift"
	TableTimings  Table = "timings"
	TableFailures Table = "failures"
	TablePooled   Table = "pooled"
	TableItems    Table = "items"
)

func (t Table) file() string { return string(t) + ".parquet" }

// table says how a file of a run is written and read.
type table struct {
	name  Table
	write func(path string, r *Results) error
	read  func(path string, r *Results) error
}

// tables are all files of a run except the embeddings.
var tables = []table{
	{TableRun, writeRun, readRun},
	tableOf(TableDatasets, func(r *Results) *[]Dataset { return &r.Datasets }),
	tableOf(TableVariants, func(r *Results) *[]Variant { return &r.Variants }),
	tableOf(TableScores, func(r *Results) *[]Score { return &r.Scores }),
	tableOf(TableQueries, func(r *Results) *[]Query { return &r.Queries }),
	tableOf(TableDrift, func(r *Results) *[]Drift { return &r.Drift }),
	tableOf(TableTimings, func(r *Results) *[]Timing { return &r.Timings }),
	tableOf(TableFailures, func(r *Results) *[]Failure { return &r.Failures }),
	tableOf(TablePooled, func(r *Results) *[]Pooled { return &r.Pooled }),
	later(tableOf(TableItems, func(r *Results) *[]Item { return &r.Items })),
}

// later is a table that runs of older programs lack. It is empty for them.
func later(t table) table {
	read := t.read
	t.read = func(path string, r *Results) error {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return read(path, r)
	}
	return t
}

func tableOf[T any](name Table, rows func(*Results) *[]T) table {
	return table{
		name:  name,
		write: func(path string, r *Results) error { return Write(path, *rows(r)) },
		read: func(path string, r *Results) error {
			got, err := Read[T](path)
			*rows(r) = got
			return err
		},
	}
}

func writeRun(path string, r *Results) error { return Write(path, []Run{r.Run}) }

func readRun(path string, r *Results) error {
	got, err := Read[Run](path)
	if err != nil {
		return err
	}
	if len(got) != 1 {
		return fmt.Errorf("read %s: %d rows, want 1: %s", path, len(got), mend)
	}
	r.Run = got[0]
	return nil
}

// Save writes every table of a run, even empty ones. The given queries follow r's own. It does not finish the run:
// see Finish.
func (f *Folder) Save(r *Results, queries ...iter.Seq[Query]) error {
	for _, t := range tables {
		path := f.Path(t.name.file())
		if t.name == TableQueries {
			if err := WriteQueries(path, append([]iter.Seq[Query]{slices.Values(r.Queries)}, queries...)...); err != nil {
				return err
			}
			continue
		}
		if err := t.write(path, r); err != nil {
			return err
		}
	}
	return nil
}

// LoadRun returns the tables of the finished run in dir, with rows in the order in which they were written: all
// tables, or only the named ones (queries.parquet is by far the largest). If the run was interrupted, the error is
// ErrIncomplete.
func LoadRun(dir string, only ...Table) (*Results, error) {
	f, err := Open(dir)
	if err != nil {
		return nil, err
	}
	return f.Load(only...)
}

// Load is LoadRun for an open folder. It returns an error if a table has changed since the run wrote it.
func (f *Folder) Load(only ...Table) (*Results, error) {
	if err := errors.Join(f.checkSizes(), f.checkHashed()); err != nil {
		return nil, err
	}
	r := &Results{}
	for _, t := range tables {
		if len(only) > 0 && !slices.Contains(only, t.name) {
			continue
		}
		if err := f.checkHash(t.name.file()); err != nil {
			return nil, err
		}
		if err := t.read(f.Path(t.name.file()), r); err != nil {
			return nil, err
		}
		if t.name == TableRun && f.done.RunID != r.Run.RunID {
			return nil, fmt.Errorf("%s belongs to run %s, but %s to %s: %s", f.Path(t.name.file()), r.Run.RunID, marker, f.done.RunID, mend)
		}
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("%s%c%w", f.dir, filepath.Separator, err)
	}
	return r, nil
}
