package tokenize

import (
	"strings"
	"sync"
)

// wordCache remembers the ids of words, because captions repeat words. Its size is bounded: when it is full, it is emptied.
type wordCache struct {
	mu  sync.RWMutex
	ids map[string][]int64
}

const (
	maxCachedWords = 1 << 16
	maxCachedWord  = 32 // in bytes; longer words hardly ever repeat
)

// get returns nil for an unknown word.
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
	c.ids[strings.Clone(word)] = ids // a clone, because a substring would keep the whole text in memory
}
