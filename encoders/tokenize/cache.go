package tokenize

import (
	"strings"
	"sync"
)

// wordCache remembers the ids of words; captions repeat theirs. It is bounded: when it is
// full it starts anew, so that texts without end do not fill the memory.
type wordCache struct {
	mu  sync.RWMutex
	ids map[string][]int64
}

const (
	maxCachedWords = 1 << 16
	maxCachedWord  = 32 // bytes; a longer one is hardly a word that comes again
)

// get returns nil for a word that it does not know.
func (c *wordCache) get(word string) []int64 {
	if len(word) > maxCachedWord {
		return nil
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.ids[word]
}

func (c *wordCache) put(word string, ids []int64) {
	if len(word) > maxCachedWord {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ids == nil || len(c.ids) >= maxCachedWords {
		c.ids = make(map[string][]int64)
	}
	c.ids[strings.Clone(word)] = ids // not a part of a text that would stay with it
}
