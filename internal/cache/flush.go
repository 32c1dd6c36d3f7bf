package cache

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"sync"
	"time"
)

// flusher decides when new entries are written.
type flusher struct {
	opened  time.Time
	timer   *time.Timer
	off     bool       // the caller decides instead
	writing sync.Mutex // only one segment is written at a time
}

const (
	soonest  = time.Second
	share    = 50       // a killed run may lose this fraction of its time: one part in 50
	segment0 = 32 << 20 // this many bytes are written without waiting
)

// soon calls write after some time, unless that is already planned. In a long run the time is longer, so that there are few segments.
func (f *flusher) soon(write func()) {
	if f.timer == nil && !f.off {
		f.timer = time.AfterFunc(max(soonest, time.Since(f.opened)/share), write)
	}
}

func (c *Cache) full() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.size > segment0 && !c.flush.off
}

// write flushes. After the first error it never writes again.
func (c *Cache) write() {
	if err := c.Flush(); err != nil && !c.broken.Swap(true) && c.Warn != nil {
		c.Warn("finished work is no longer stored for later runs: %v", err)
	}
}

// take returns the pending entries and forgets them.
func (c *Cache) take() []entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flush.timer != nil {
		c.flush.timer.Stop()
	}
	out := c.pending
	c.pending, c.size, c.flush.timer = nil, 0, nil
	return out
}

// Flush writes the entries since the last Flush as a segment.
func (c *Cache) Flush() error {
	c.flush.writing.Lock()
	defer c.flush.writing.Unlock()
	entries := c.take()
	if len(entries) == 0 {
		return nil
	}
	mark := make([]byte, 6)
	if _, err := rand.Read(mark); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	// if a key occurs twice, the entry in the later segment counts; names sort by time
	name := c.only + time.Now().UTC().Format("20060102T150405.000000000") + "-" + hex.EncodeToString(mark)
	// no sync: after a power failure the checksum reveals a torn entry, and the work is done again
	data, places := packed(name, "", entries)
	err := c.store.Put(context.WithoutCancel(c.ctx), name, data)
	c.noteWritten(entries, places, err == nil)
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	return nil
}

// noteWritten records where the entries are now, or that they were not written.
func (c *Cache) noteWritten(entries []entry, places []place, written bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, e := range entries {
		if written {
			c.index[e.key] = places[i]
			c.known[places[i].in.name] = true
		}
		if c.waiting[e.key].number == e.number {
			delete(c.waiting, e.key)
		}
	}
}

// Close writes all pending entries.
func (c *Cache) Close() {
	if !c.broken.Load() {
		c.write()
	}
}
