package cache

import (
	"sync"
	"time"

	"github.com/fastclip/fastclip/internal/blobstore"
)

// Over a network, a whole piece of a segment is read at once, because the entries after one are usually
// needed next.
const (
	windowSize = 1 << 20
	mostHeld   = 64 // windows
)

// windows are the pieces of segments that were read.
type windows struct {
	mu    *sync.Mutex
	ahead int64
	held  map[string]window
	used  map[string]bool // segments whose use was recorded
}

type window struct {
	from int64
	data []byte
}

func newWindows(s blobstore.Store) windows {
	w := windows{mu: &sync.Mutex{}, ahead: windowSize, held: map[string]window{}, used: map[string]bool{}}
	if _, local := s.(blobstore.Toucher); local {
		w.ahead = 0
	}
	return w
}

// read reads the bytes of an entry.
func (c *Cache) read(p place) ([]byte, error) {
	w := &c.windows
	w.mu.Lock()
	first := !w.used[p.in.name]
	w.used[p.in.name] = true
	got := w.held[p.in.name]
	w.mu.Unlock()
	if first {
		c.touch(p.in.name, time.Now())
	}
	if p.at >= got.from && p.at+p.n <= got.from+int64(len(got.data)) && p.n > 0 {
		return got.data[p.at-got.from:][:p.n:p.n], nil
	}
	if p.n >= w.ahead {
		return c.store.Get(c.ctx, p.in.name, p.at, p.n)
	}
	data, err := c.store.Get(c.ctx, p.in.name, p.at, min(w.ahead, p.in.size-p.at))
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.held) >= mostHeld {
		clear(w.held)
	}
	w.held[p.in.name] = window{p.at, data}
	return data[:p.n:p.n], nil
}
