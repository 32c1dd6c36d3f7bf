package variants

import "github.com/fastclip/fastclip/internal/cache"

// Facts stores what encoders find out about model files.
type Facts struct{ cache.Scope }

// Get returns the value that was stored under key.
func (f Facts) Get(key string) ([]byte, bool) { return f.Cache.Get(f.Place.Key("facts", key)) }

// Put stores a value under key.
func (f Facts) Put(key string, value []byte) error {
	f.Cache.Keep(f.Place.Key("facts", key), value)
	return nil
}
