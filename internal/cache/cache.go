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

// Cache stores finished work under a key made from everything that the work depends on. Entries are packed into segments, which are objects in a store. An
// entry whose bytes have changed counts as missing.
type Cache struct {
	ctx   context.Context // context for reads and writes in the background
	store blobstore.Store
	dir   string // folder of the store, if the store is a folder on this machine
	only  string // prefix of the names of segments to look at

	mu      sync.Mutex
	index   map[id]place
	known   map[string]bool // segments whose index has been read
	pending []entry         // entries that are not in a segment yet
	waiting map[id]entry    // the pending entries by key
	size    int             // size of the pending entries
	puts    int             // number of entries stored so far
	since   time.Time       // older segments are ignored
	windows windows
	flush   flusher

	Warn   func(format string, args ...any) // is called when an entry cannot be stored for the first time; may be nil
	broken atomic.Bool                      // set after that: nothing more is stored
}

// id is a key's bytes.
type id [sha256.Size]byte

// entry is a value to be stored.
type entry struct {
	key    id
	label  string
	body   []byte
	number int // number of the Put
}

// segment is an object that holds entries.
type segment struct {
	name string
	size int64
}

// place says where an entry is.
type place struct {
	in    *segment
	at, n int64
	sum   [sha256.Size]byte
}

// Open opens the cache in dir, and makes the folder if necessary. A fresh cache finds only what is stored after it was opened.
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

// After makes a fresh cache find what was written after a time, for instance by an earlier process of the same run.
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

// Key is a hash of its parts. ("ab","c") and ("a","bc") give different keys.
func Key(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		WritePart(h, p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Get returns the entry of a key; ok is false if it is missing or damaged.
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

// Has reports whether an entry exists. It does not check whether the entry is damaged.
func (c *Cache) Has(key string) bool {
	k := idOf(key)
	c.mu.Lock()
	defer c.mu.Unlock()
	_, soon := c.waiting[k]
	_, there := c.index[k]
	return soon || there
}

// Keep is Put without an error. If the cache cannot store any more, for instance on a full disk, only later runs take longer.
func (c *Cache) Keep(key string, body ...[]byte) { c.KeepFor("", key, body...) }

// KeepFor is Keep for an entry that goes into one segment with other entries of the same label, such as a variant.
func (c *Cache) KeepFor(label, key string, body ...[]byte) {
	if c.broken.Load() {
		return
	}
	c.put(label, key, body)
	if c.full() {
		c.write()
	}
}

// Put stores an entry, given as parts that are written one after the other.
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

// idOf decodes a key. All keys come from Key.
func idOf(key string) (out id) {
	if n, err := hex.Decode(out[:], []byte(key)); err != nil || n != len(out) {
		return sha256.Sum256([]byte(key))
	}
	return out
}
