// Package pgvector keeps vectors in PostgreSQL with the extension pgvector, through pgx. A collection is a table. Search is exact, or goes through an HNSW
// index with pgvector's default settings. Vectors are sent as text such as '[0.5,1]', the form that pgvector documents, so pgx needs no library of types.
package pgvector

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/python"
)

//go:embed pgvector_server.py
var files embed.FS

// Script runs PostgreSQL with pgvector from a Python package.
func Script() python.Script { return python.Script{Files: files, Name: "pgvector_server.py"} }

const (
	startWait      = 2 * time.Minute // a first start from a cold disk, or a recovery
	connectTimeout = 10 * time.Second
	closeTimeout   = 2 * time.Minute
)

// Backend is a PostgreSQL server: one that fastclip has started, or the user's.
type Backend struct {
	dir    string
	hnsw   bool
	pool   *pgxpool.Pool
	server *python.Process
	run    string          // part of all table names, so that they differ from those of others on the user's server
	made   map[string]bool // the names of tables made so far
}

// Start runs a server that keeps its files in dir. With hnsw, each collection has an HNSW index.
func Start(ctx context.Context, dir string, hnsw bool) (*Backend, error) {
	b := &Backend{dir: dir, hnsw: hnsw, made: map[string]bool{}}
	return b, b.start(ctx)
}

// Connect uses the server at url, postgres://USER:PASSWORD@HOST:PORT/DATABASE.
func Connect(ctx context.Context, url string, hnsw bool) (*Backend, error) {
	b := &Backend{hnsw: hnsw, run: rand.Text(), made: map[string]bool{}}
	return b, b.connect(ctx, url)
}

func (b *Backend) start(ctx context.Context) error {
	server, err := python.Start(ctx, python.Command{Script: Script(), Args: []string{"--path", b.dir}, Deadlines: python.Deadlines{Start: startWait}})
	if errors.Is(err, python.ErrMissing) && ctx.Err() == nil {
		return fmt.Errorf("%w: %s: %w", machine.ErrUnavailable, b.Name(), err)
	}
	if err != nil {
		return err
	}
	b.server = server
	if err := b.connect(ctx, server.URL); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}

// connect opens a pool and checks that the extension is installed or can be created.
func (b *Backend) connect(ctx context.Context, url string) error {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil { // this message does not contain the password
		return fmt.Errorf("%s: want a URL such as postgres://localhost:5432/database (a user and password go before the host, as in any URL): %w", b.Name(), err)
	}
	conn := cfg.ConnConfig
	if conn.ConnectTimeout <= 0 || conn.ConnectTimeout > connectTimeout {
		conn.ConnectTimeout = connectTimeout
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("%s: %w", b.Name(), err)
	}
	at := fmt.Sprintf("%s at %s, database %s", b.Name(), net.JoinHostPort(conn.Host, strconv.Itoa(int(conn.Port))), conn.Database)
	if _, err := pool.Exec(ctx, "create extension if not exists vector"); err != nil {
		pool.Close()
		return fmt.Errorf("%w: %s: %w", machine.ErrUnavailable, at, explain(err))
	}
	b.pool = pool
	return nil
}

// explain adds how to install the missing extension.
func explain(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	switch pg.Code {
	case "0A000", "58P01": // feature_not_supported; undefined_file before PostgreSQL 16
		return fmt.Errorf("%w: this server has no pgvector: install it where the server runs (Debian: postgresql-NN-pgvector, NN being the server's version; image pgvector/pgvector)", err)
	case "42501": // insufficient_privilege
		return fmt.Errorf("%w: let a superuser run CREATE EXTENSION vector in this database once", err)
	}
	return err
}

// Name is "pgvector" or "pgvector-hnsw".
func (b *Backend) Name() string {
	if b.hnsw {
		return "pgvector-hnsw"
	}
	return "pgvector"
}

// Restart stops the server as a crash would, and starts one on the same folder, which must recover.
func (b *Backend) Restart(ctx context.Context) error {
	if b.server == nil {
		return nil
	}
	b.pool.Close()
	if err := b.server.Close(); err != nil {
		return err
	}
	return b.start(ctx)
}

// Close stops a server that fastclip started. On the user's own server, it removes the tables and keeps the extension.
func (b *Backend) Close() error {
	defer b.pool.Close()
	if b.server != nil {
		return b.server.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	var errs []error
	for name := range b.made {
		if _, err := b.pool.Exec(ctx, "drop table if exists "+quoted(name)); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", b.Name(), err))
		}
	}
	return errors.Join(errs...)
}
