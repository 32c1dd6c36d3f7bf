package cache

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/internal/blobstore"
)

// segments is the beginning of all segment names.
const segments = "segments/"

// A segment is entries one after the other, their index, a note, and an end of fixed size that tells where
// those are.
const (
	segmentMark = "fcseg 1\n"
	indexRow    = sha256.Size + 8 + 8 + sha256.Size
	segmentEnd  = 8 + 8 + 8 + sha256.Size + len(segmentMark)
	tail        = 64 << 10 // bytes read at once, enough for the index of 760 entries
)

// packed builds a segment from entries, and says where each entry is.
func packed(name, note string, entries []entry) ([]byte, []place) {
	size, in := 0, &segment{name: name}
	for _, e := range entries {
		size += len(e.body)
	}
	out, places := make([]byte, 0, size+len(entries)*indexRow+len(note)+segmentEnd), make([]place, len(entries))
	for i, e := range entries {
		places[i] = place{in, int64(len(out)), int64(len(e.body)), sha256.Sum256(e.body)}
		out = append(out, e.body...)
	}
	index := len(out)
	for i, e := range entries {
		out = append(out, e.key[:]...)
		out = binary.LittleEndian.AppendUint64(out, uint64(places[i].at))
		out = binary.LittleEndian.AppendUint64(out, uint64(places[i].n))
		out = append(out, places[i].sum[:]...)
	}
	out = append(out, note...)
	sum := sha256.Sum256(out[index:])
	for _, n := range []int{index, len(entries), len(note)} {
		out = binary.LittleEndian.AppendUint64(out, uint64(n))
	}
	out = append(append(out, sum[:]...), segmentMark...)
	in.size = int64(len(out))
	return out, places
}

// contents are the entries of a segment.
type contents struct {
	keys   []id
	places []place
	Note   string
}

// errSegment is the error for an object that is no complete segment.
var errSegment = errors.New("not a complete segment")

// readIndex reads the index of a segment of the given size.
func readIndex(ctx context.Context, s blobstore.Store, name string, size int64) (contents, error) {
	from := max(0, size-tail)
	data, err := s.Get(ctx, name, from, size-from)
	if err != nil {
		return contents{}, err
	}
	at, count, note, err := endOf(data, size)
	if err != nil {
		return contents{}, fmt.Errorf("%s: %w", name, err)
	}
	if at < from {
		if data, err = s.Get(ctx, name, at, size-at); err != nil {
			return contents{}, err
		}
		from = at
	}
	return unpackIndex(&segment{name, size}, data[at-from:], at, int(count), int(note))
}

// endOf reads a segment's end: where its index begins, the number of entries, and the length of its note.
func endOf(data []byte, size int64) (at, count, note int64, err error) {
	if len(data) < segmentEnd || !bytes.HasSuffix(data, []byte(segmentMark)) {
		return 0, 0, 0, errSegment
	}
	end := data[len(data)-segmentEnd:]
	n := func(i int) int64 { return int64(binary.LittleEndian.Uint64(end[8*i:])) }
	at, count, note = n(0), n(1), n(2)
	if at < 0 || count < 0 || note < 0 || at > size || note > size || count > size/int64(indexRow) || at+count*int64(indexRow)+note+int64(segmentEnd) != size {
		return 0, 0, 0, errSegment
	}
	return at, count, note, nil
}

// unpackIndex reads the index, which begins at a position of the segment, and everything after it.
func unpackIndex(in *segment, data []byte, at int64, count, note int) (contents, error) {
	rows := count * indexRow
	sum := sha256.Sum256(data[:rows+note])
	if !bytes.Equal(sum[:], data[rows+note+24:rows+note+24+sha256.Size]) {
		return contents{}, fmt.Errorf("%s: its index is damaged: %w", in.name, errSegment)
	}
	out := contents{keys: make([]id, count), places: make([]place, count), Note: string(data[rows : rows+note])}
	for i := range count {
		row, p := data[i*indexRow:], &out.places[i]
		copy(out.keys[i][:], row)
		p.in, p.at, p.n = in, int64(binary.LittleEndian.Uint64(row[sha256.Size:])), int64(binary.LittleEndian.Uint64(row[sha256.Size+8:]))
		copy(p.sum[:], row[sha256.Size+16:])
		if p.at < 0 || p.n < 0 || p.at > at || p.n > at-p.at {
			return contents{}, fmt.Errorf("%s: an entry is outside of it: %w", in.name, errSegment)
		}
	}
	return out, nil
}

// together is the number of indexes that are read at once, because reading over a network is mostly
// waiting.
const together = 16

// Refresh looks for segments that others have written since. Damaged segments count as absent.
func (c *Cache) Refresh(ctx context.Context) error {
	var found []blobstore.Object
	for o, err := range c.store.List(ctx, c.only) {
		if err != nil {
			return err
		}
		if !c.known[o.Name] && !o.Time.Before(c.since) {
			found = append(found, o)
		}
	}
	read := make([]contents, len(found))
	var g errgroup.Group
	g.SetLimit(together)
	for i, o := range found {
		g.Go(func() (err error) {
			read[i], err = readIndex(ctx, c.store, o.Name, o.Size)
			if errors.Is(err, errSegment) {
				return nil
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, o := range found { // names sort by time, so of two entries with one key the later counts
		c.known[o.Name] = true
		for k, key := range read[i].keys {
			c.index[key] = read[i].places[k]
		}
	}
	return nil
}
