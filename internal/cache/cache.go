// Package cache keeps finished work between runs, under keys of all that it depends on.
package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Cache keeps finished work under a key of everything that it depends on. An entry is
// written whole or not at all; one whose bytes have changed since counts as absent.
type Cache struct {
	dir   string
	fresh bool
	mine  sync.Map                    // keys that this process wrote
	sum   func(body ...[]byte) []byte // of parts, one after the other
	size  int                         // of a sum

	Warn   func(format string, args ...any) // is told of the first entry that could not be stored; nil: nobody is
	broken atomic.Bool                      // then nothing more is
}

// Open opens the cache in dir, which it makes. A fresh one finds only what was put
// into it since it was opened.
func Open(dir string, fresh bool) (*Cache, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	return &Cache{dir: dir, fresh: fresh, size: sha256.Size, sum: func(body ...[]byte) []byte {
		h := sha256.New()
		for _, part := range body {
			h.Write(part)
		}
		return h.Sum(nil)
	}}, nil
}

// Key is a hash of its parts; it tells apart ("ab","c") and ("a","bc").
func Key(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		WritePart(h, p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (c *Cache) path(key string) string { return filepath.Join(c.dir, key[:2], key[2:]) }

// Get returns the entry of key, and whether it is there and whole.
func (c *Cache) Get(key string) ([]byte, bool) {
	if _, ok := c.mine.Load(key); c.fresh && !ok {
		return nil, false
	}
	data, err := os.ReadFile(c.path(key))
	if err != nil || !c.whole(data) {
		return nil, false
	}
	c.touch(c.path(key), time.Now())
	return data[:len(data)-c.size], true
}

// whole tells whether a file's sum is that of what comes before it.
func (c *Cache) whole(data []byte) bool {
	if len(data) < c.size {
		return false
	}
	at := len(data) - c.size
	return bytes.Equal(c.sum(data[:at]), data[at:])
}

// newPrefix begins the names of files that are being written.
const newPrefix = ".new-"

// Keep is Put for work that the run has in hand: a cache that takes no more, as on a full disk,
// costs a later run some time, and this one nothing.
func (c *Cache) Keep(key string, body ...[]byte) {
	if c.broken.Load() {
		return
	}
	if err := c.Put(key, body...); err != nil && !c.broken.Swap(true) && c.Warn != nil {
		c.Warn("finished work is no longer kept for later runs: %v", err)
	}
}

// Put stores the entry of key: parts, one after the other.
func (c *Cache) Put(key string, body ...[]byte) error {
	path := c.path(key)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), newPrefix+"*")
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	for _, part := range append(body[:len(body):len(body)], c.sum(body...)) {
		if err == nil {
			_, err = f.Write(part)
		}
	}
	// No sync: after a power cut the sum tells a torn entry, and its work is done again.
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("cache: %w", err)
	}
	c.mine.Store(key, true)
	return nil
}
