// Package cache keeps finished work between runs. The key of an entry names everything that it depends on.
package cache

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fastclip/fastclip/internal/blobstore"
)

// Cache keeps finished work under a key of everything that it depends on. Entries are packed into
// segments, objects of a store; one whose bytes have changed since counts as absent.
type Cache struct {
	ctx   context.Context // ends what it reads and writes of its own accord
	store blobstore.Store
	dir   string // of a store that is a folder of this machine
	only  string // what the names of segments that are looked at begin with

	mu      sync.Mutex
	index   map[id]place
	known   map[string]bool // segments that were looked at
	pending []entry         // that are in no segment yet
	waiting map[id]entry    // the same by key, until they are
	size    int             // of pending
	puts    int             // so far
	since   time.Time       // older segments are not looked at
	windows windows
	flush   flusher

	Warn   func(format string, args ...any) // is told of the first entry that could not be stored; nil: nobody is
	broken atomic.Bool                      // then nothing more is
}

// id is a key's bytes.
type id [sha256.Size]byte

// entry is a body that is to be stored.
type entry struct {
	key    id
	label  string
	body   []byte
	number int // of the put
}

// segment is an object that holds entries.
type segment struct {
	name string
	size int64
}

// place is where an entry is.
type place struct {
	in    *segment
	at, n int64
	sum   [sha256.Size]byte
}

// Open opens the cache in dir, which it makes. A fresh one finds only what was put
// into it since it was opened.
func Open(dir string, fresh bool) (*Cache, error) {
	s, err := blobstore.Folder(dir)
	if err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	c := newCache(context.Background(), s)
	c.dir = dir
	if !fresh {
		if err := c.Refresh(c.ctx); err != nil {
			return nil, fmt.Errorf("open cache: %w", err)
		}
	}
	return c, nil
}

// After makes a fresh cache find what was written after a time, as by an earlier process of the same run.
func (c *Cache) After(ctx context.Context, t time.Time) error {
	c.since = t
	return c.Refresh(ctx)
}

func newCache(ctx context.Context, s blobstore.Store) *Cache {
	return &Cache{
		ctx: ctx, store: s, only: segments, index: map[id]place{}, known: map[string]bool{}, waiting: map[id]entry{},
		windows: newWindows(s), flush: flusher{opened: time.Now()},
	}
}

// Key is a hash of its parts; it tells apart ("ab","c") and ("a","bc").
func Key(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		WritePart(h, p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Get returns the entry of key, and whether it is there and whole.
func (c *Cache) Get(key string) ([]byte, bool) {
	k := idOf(key)
	c.mu.Lock()
	soon, here := c.waiting[k]
	at, ok := c.index[k]
	c.mu.Unlock()
	if here || !ok {
		return soon.body, here
	}
	body, err := c.read(at)
	if err != nil || sha256.Sum256(body) != at.sum {
		return nil, false
	}
	return body, true
}

// Has tells whether an entry is there, without looking whether it is whole.
func (c *Cache) Has(key string) bool {
	k := idOf(key)
	c.mu.Lock()
	defer c.mu.Unlock()
	_, soon := c.waiting[k]
	_, there := c.index[k]
	return soon || there
}

// Keep is Put for work that the run has in hand: a cache that takes no more, as on a full disk,
// costs a later run some time, and this one nothing.
func (c *Cache) Keep(key string, body ...[]byte) { c.KeepFor("", key, body...) }

// KeepFor is Keep of an entry that goes with others of the label, a variant's, into one segment.
func (c *Cache) KeepFor(label, key string, body ...[]byte) {
	if c.broken.Load() {
		return
	}
	c.put(label, key, body)
	if c.full() {
		c.write()
	}
}

// Put stores the entry of key: parts, one after the other.
func (c *Cache) Put(key string, body ...[]byte) error {
	c.put("", key, body)
	return c.Flush()
}

func (c *Cache) put(label, key string, parts [][]byte) {
	e := entry{key: idOf(key), label: label}
	if e.body = parts[0]; len(parts) > 1 {
		e.body = bytes.Join(parts, nil)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e.number, c.puts = c.puts, c.puts+1
	c.pending, c.waiting[e.key] = append(c.pending, e), e
	c.size += len(e.body)
	c.flush.soon(c.write)
}

// idOf is a key's bytes. Callers have keys of Key alone.
func idOf(key string) (out id) {
	if n, err := hex.Decode(out[:], []byte(key)); err != nil || n != len(out) {
		return sha256.Sum256([]byte(key))
	}
	return out
}
