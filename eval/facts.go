package eval

import "github.com/fastclip/fastclip/internal/cache"

// facts are what encoders find out about model files.
type facts struct{ cache.Scope }

// Get is what was put under key.
func (f facts) Get(key string) ([]byte, bool) { return f.Cache.Get(f.Place.Key("facts", key)) }

// Put keeps a value under key.
func (f facts) Put(key string, value []byte) error {
	f.Cache.Keep(f.Place.Key("facts", key), value)
	return nil
}
