package cache

import "slices"

// Place is what every result depends on besides its inputs: the CPU and the build of the program.
type Place []string

// Key is what a result that depends on parts is kept under.
func (p Place) Key(parts ...string) string { return Key(slices.Concat(parts, p)...) }

// Scope is a cache of one program on one kind of machine. Without a cache it keeps nothing.
type Scope struct {
	Cache *Cache
	Place Place
}

// Find looks for what an earlier run computed of the same content, which parts name, and hands it to
// take, whose error counts as absence. It returns the key under which to put what is computed
// instead.
func (s Scope) Find(take func(data []byte) error, parts ...string) (key string, found bool) {
	if s.Cache == nil {
		return "", false
	}
	key = s.Place.Key(parts...)
	data, ok := s.Cache.Get(key)
	return key, ok && take(data) == nil
}

// Put keeps what was computed.
func (s Scope) Put(key string, data []byte) {
	if s.Cache != nil {
		s.Cache.Keep(key, data)
	}
}
