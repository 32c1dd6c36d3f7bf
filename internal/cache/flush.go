package cache

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"sync"
	"time"
)

// flusher decides when what was put is written.
type flusher struct {
	opened  time.Time
	timer   *time.Timer
	off     bool       // somebody else says when
	writing sync.Mutex // one segment is written at a time
}

const (
	soonest  = time.Second
	share    = 50       // of a run's time so far may be lost when it is killed: one in so many
	segment0 = 32 << 20 // bytes of entries that are not left waiting
)

// soon writes after a while, if nothing is about to. A long run waits longer: its segments stay few.
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

// write flushes, and gives up for good at the first error.
func (c *Cache) write() {
	if err := c.Flush(); err != nil && !c.broken.Swap(true) && c.Warn != nil {
		c.Warn("finished work is no longer kept for later runs: %v", err)
	}
}

// take hands out what is pending.
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

// Flush writes the entries since the last time as a segment.
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
	// Of two entries with one key the one in the later segment counts: names sort by time.
	name := c.only + time.Now().UTC().Format("20060102T150405.000000000") + "-" + hex.EncodeToString(mark)
	// No sync: after a power cut the sum tells a torn entry, and its work is done again.
	data, places := packed(name, "", entries)
	err := c.store.Put(context.WithoutCancel(c.ctx), name, data)
	c.noteWritten(entries, places, err == nil)
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	return nil
}

// noteWritten notes where entries are now, or that they are nowhere.
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

// Close writes everything that is not written yet.
func (c *Cache) Close() {
	if !c.broken.Load() {
		c.write()
	}
}
