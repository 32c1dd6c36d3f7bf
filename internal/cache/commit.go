package cache

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/fastclip/fastclip/internal/blobstore"
)

// ErrDiffers is the error if the same work, done twice, gives different results.
var ErrDiffers = errors.New("the same work gave different bytes")

// Committed is a segment that holds the results of a piece of work.
type Committed struct {
	Name    string `json:"name"`
	Entries int    `json:"entries"`
	Bytes   int64  `json:"bytes"`
}

// OpenIn opens the cache in a store that machines share. It only looks at objects whose names have the prefix; "" means all. New entries wait for Commit.
func OpenIn(ctx context.Context, s blobstore.Store, only string) (*Cache, error) {
	c := newCache(ctx, s)
	c.only, c.flush.off = segments+only, true
	if err := c.Refresh(ctx); err != nil {
		return nil, fmt.Errorf("open cache: %w", err)
	}
	return c, nil
}

// WriteSoon makes the cache write new entries after a while, as a cache in a folder does.
func (c *Cache) WriteSoon() { c.flush.off = false }

// Discard forgets the entries since the last Commit.
func (c *Cache) Discard() {
	entries := c.take()
	c.noteWritten(entries, nil, false)
}

// Commit writes the entries since the last Commit: one segment for each label, with a note, under names with the
// given prefix. If somebody else has stored the same work already, that stays. If its bytes differ, the error is
// ErrDiffers.
func (c *Cache) Commit(prefix, note string) (out []Committed, err error) {
	c.flush.writing.Lock()
	defer c.flush.writing.Unlock()
	entries := c.take()
	byLabel := map[string][]entry{}
	var labels []string
	for _, e := range entries {
		if byLabel[e.label] == nil {
			labels = append(labels, e.label)
		}
		byLabel[e.label] = append(byLabel[e.label], e)
	}
	slices.Sort(labels)
	for _, label := range labels {
		name := "shared"
		if label != "" {
			name = Key("label", label)[:16]
		}
		done, err := c.commit(segments+prefix+"/"+name, note, byLabel[label])
		if err != nil {
			c.noteWritten(entries, nil, false)
			return nil, err
		}
		out = append(out, done)
	}
	return out, nil
}

// commit writes a segment under a name. If the name is taken, it writes the entries that the existing segment lacks under a second name.
func (c *Cache) commit(name, note string, entries []entry) (Committed, error) {
	left, try := entries, name
	for n := 2; ; n++ {
		data, places := packed(try, note, left)
		err := c.store.Put(c.ctx, try, data)
		if err == nil {
			c.noteWritten(left, places, true)
			return Committed{try, len(left), int64(len(data))}, nil
		}
		if !errors.Is(err, blobstore.ErrExists) {
			return Committed{}, fmt.Errorf("cache: %w", err)
		}
		if left, err = c.lacking(try, left); err != nil {
			return Committed{}, err
		}
		if len(left) == 0 {
			return Committed{try, len(entries), int64(len(data))}, nil
		}
		try = name + "-" + strconv.Itoa(n)
	}
}

// lacking returns the entries that a segment does not have. Entries that it has must be equal.
func (c *Cache) lacking(name string, entries []entry) (left []entry, err error) {
	var found contents
	for o, err := range c.store.List(c.ctx, name) {
		if err != nil {
			return nil, err
		}
		if o.Name != name {
			continue
		}
		if found, err = readIndex(c.ctx, c.store, o.Name, o.Size); err != nil {
			return nil, fmt.Errorf("%w: delete it", err)
		}
	}
	have := map[id]place{}
	for i, k := range found.keys {
		have[k] = found.places[i]
	}
	var same []entry
	var places []place
	for _, e := range entries {
		at, ok := have[e.key]
		switch {
		case !ok:
			left = append(left, e)
		case sha256.Sum256(e.body) != at.sum:
			return nil, fmt.Errorf("%w: entry %s of %s in the store, which was made by %s", ErrDiffers, hex.EncodeToString(e.key[:6]), name, bytes.TrimSpace([]byte(found.Note)))
		default:
			same, places = append(same, e), append(places, at)
		}
	}
	c.noteWritten(same, places, true)
	return left, nil
}
