// Package sqlitevec keeps vectors in a SQLite file through the sqlite-vec extension. Search is exact, with one file per collection. Both libraries are
// compiled in (modernc.org/sqlite is a translation to Go), so nothing needs to be installed, and no C compiler is needed.
package sqlitevec

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/url"
	"path/filepath"
	"strconv"

	_ "modernc.org/sqlite"     // registers the driver "sqlite"
	_ "modernc.org/sqlite/vec" // registers vec0 tables

	"github.com/fastclip/fastclip/indexes"
)

// New makes a backend that keeps its files in dir.
func New(dir string) indexes.Backend { return backend{dir} }

type backend struct{ dir string }

func (backend) Name() string                  { return "sqlite-vec" }
func (backend) Restart(context.Context) error { return nil } // nothing to restart: everything is in closed files
func (backend) Close() error                  { return nil }

// Open opens the file. With synchronous=FULL, a commit is on disk when it returns.
func (b backend) Open(ctx context.Context, name string, dim int) (indexes.Index, error) {
	file := filepath.Join(b.dir, url.PathEscape(name)+".db")
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: file}).EscapedPath()+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return nil, fmt.Errorf("sqlite-vec: %w", err)
	}
	db.SetMaxOpenConns(1)
	x := &index{db: db, dim: dim}
	if err := x.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite-vec: %s: %w", file, err), db.Close())
	}
	return x, nil
}

type index struct {
	db  *sql.DB
	dim int
}

// prepare makes the table, or checks that an existing one has vectors of the right length.
func (x *index) prepare(ctx context.Context) error {
	make := "create virtual table if not exists docs using vec0(id text primary key, embedding float[" + strconv.Itoa(x.dim) + "] distance_metric=cosine)"
	if _, err := x.db.ExecContext(ctx, make); err != nil {
		return err
	}
	var has sql.NullInt64
	err := x.db.QueryRowContext(ctx, "select vec_length(embedding) from docs limit 1").Scan(&has)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if has.Valid && int(has.Int64) != x.dim {
		return fmt.Errorf("its vectors have %d values, not %d", has.Int64, x.dim)
	}
	return nil
}

func (x *index) Add(ctx context.Context, docs []indexes.Document) error {
	if err := indexes.Check(docs, x.dim); err != nil {
		return fmt.Errorf("sqlite-vec: %w", err)
	}
	tx, err := x.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("sqlite-vec: %w", err)
	}
	if err := insert(ctx, tx, docs); err != nil {
		return errors.Join(fmt.Errorf("sqlite-vec: %w", err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("sqlite-vec: commit: %w", err)
	}
	return nil
}

// insert deletes before it inserts, because vec0 has no upsert.
func insert(ctx context.Context, tx *sql.Tx, docs []indexes.Document) error {
	drop, err := tx.PrepareContext(ctx, "delete from docs where id = ?")
	if err != nil {
		return err
	}
	defer drop.Close()
	add, err := tx.PrepareContext(ctx, "insert into docs(id, embedding) values (?, ?)")
	if err != nil {
		return err
	}
	defer add.Close()
	for _, d := range docs {
		if _, err := drop.ExecContext(ctx, d.ID); err != nil {
			return err
		}
		if _, err := add.ExecContext(ctx, d.ID, blob(d.Vector)); err != nil {
			return fmt.Errorf("document %s: %w", d.ID, err)
		}
	}
	return nil
}

func (x *index) Search(ctx context.Context, query []float32, k int) ([]string, error) {
	rows, err := x.db.QueryContext(ctx, "select id from docs where embedding match ? and k = ? order by distance", blob(query), k)
	if err != nil {
		return nil, fmt.Errorf("sqlite-vec: search: %w", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("sqlite-vec: search: %w", err)
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

func (x *index) Count(ctx context.Context) (n int, err error) {
	if err := x.db.QueryRowContext(ctx, "select count(*) from docs").Scan(&n); err != nil {
		return 0, fmt.Errorf("sqlite-vec: count: %w", err)
	}
	return n, nil
}

func (x *index) Close() error { return x.db.Close() }

// blob encodes float32 values for sqlite-vec: little endian.
func blob(v []float32) []byte {
	out := make([]byte, 0, 4*len(v))
	for _, f := range v {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(f))
	}
	return out
}
