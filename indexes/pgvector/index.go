package pgvector

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/fastclip/fastclip/indexes"
)

// Open makes the table if it does not exist.
func (b *Backend) Open(ctx context.Context, name string, dim int) (indexes.Index, error) {
	name = indexes.SafeName(name+b.run, "_")
	x := &index{b: b, table: quoted(name), dim: dim}
	if err := x.prepare(ctx); err != nil {
		return nil, fmt.Errorf("%s: table %s: %w", b.Name(), name, err)
	}
	if b.made[name] = true; b.hnsw {
		if _, err := b.pool.Exec(ctx, "create index if not exists "+quoted(name+"_i")+" on "+x.table+" using hnsw (embedding vector_cosine_ops)"); err != nil {
			return nil, fmt.Errorf("%s: index of table %s: %w", b.Name(), name, err)
		}
	}
	return x, nil
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

type index struct {
	b     *Backend
	table string // quoted for SQL
	dim   int
}

// prepare makes the table, or checks that an existing one has vectors of the right length.
func (x *index) prepare(ctx context.Context) error {
	if _, err := x.b.pool.Exec(ctx, "create table if not exists "+x.table+" (id text primary key, embedding vector("+strconv.Itoa(x.dim)+") not null)"); err != nil {
		return err
	}
	var has int // pgvector keeps the length of the vectors as the type modifier
	err := x.b.pool.QueryRow(ctx, "select atttypmod from pg_attribute where attrelid = $1::text::regclass and attname = 'embedding'", x.table).Scan(&has)
	if err != nil {
		return err
	}
	if has != x.dim {
		return fmt.Errorf("its vectors have %d values, not %d", has, x.dim)
	}
	return nil
}

// Add is one statement, and so one transaction. With PostgreSQL's defaults, its rows are on disk when the call returns.
func (x *index) Add(ctx context.Context, docs []indexes.Document) error {
	if err := indexes.Check(docs, x.dim); err != nil {
		return fmt.Errorf("%s: %w", x.b.Name(), err)
	}
	if len(docs) == 0 {
		return nil
	}
	ids, vectors := make([]string, len(docs)), make([]string, len(docs))
	for i, d := range docs {
		ids[i], vectors[i] = d.ID, text(d.Vector)
	}
	_, err := x.b.pool.Exec(ctx, "insert into "+x.table+" (id, embedding) select id, v::vector from unnest($1::text[], $2::text[]) as d(id, v)"+
		" on conflict (id) do update set embedding = excluded.embedding", ids, vectors)
	if err != nil {
		return fmt.Errorf("%s: %w", x.b.Name(), err)
	}
	return nil
}

// Search returns the k nearest. With an HNSW index it considers hnsw.ef_search candidates: pgvector's default of 40, or k if that is more.
func (x *index) Search(ctx context.Context, query []float32, k int) ([]string, error) {
	var ids []string
	err := pgx.BeginFunc(ctx, x.b.pool, func(tx pgx.Tx) error {
		if x.b.hnsw && k > 40 {
			if _, err := tx.Exec(ctx, "set local hnsw.ef_search = "+strconv.Itoa(min(k, 1000))); err != nil { // the largest value that pgvector allows
				return err
			}
		}
		rows, err := tx.Query(ctx, "select id from "+x.table+" order by embedding <=> $1::text::vector limit $2", text(query), k)
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: search: %w", x.b.Name(), err)
	}
	return ids, nil
}

func (x *index) Count(ctx context.Context) (n int, err error) {
	if err := x.b.pool.QueryRow(ctx, "select count(*) from "+x.table).Scan(&n); err != nil {
		return 0, fmt.Errorf("%s: count: %w", x.b.Name(), err)
	}
	return n, nil
}

func (x *index) Close() error { return nil } // nothing to close: a table is only a name

// text writes a vector in pgvector's syntax. Each value has the fewest digits that read back as the same float32.
func text(v []float32) string {
	out := append(make([]byte, 0, 12*len(v)+2), '[')
	for i, f := range v {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendFloat(out, float64(f), 'g', -1, 32)
	}
	return string(append(out, ']'))
}
