package cache

import "slices"

// Place is what every result depends on besides its inputs: the CPU and the build of the program.
type Place []string

// Key is the key of a result that depends on parts.
func (p Place) Key(parts ...string) string { return Key(slices.Concat(parts, p)...) }

// Scope is the cache for one program on one kind of machine. Without a cache it keeps nothing.
type Scope struct {
	Cache *Cache
	Place Place
}

// Find looks for a result of an earlier run with the same content, which parts describe. It passes the result to take; if take returns an error, the result
// counts as missing. If there is no result, Find returns the key for a new one.
func (s Scope) Find(take func(data []byte) error, parts ...string) (key string, found bool) {
	if s.Cache == nil {
		return "", false
	}
	key = s.Place.Key(parts...)
	data, ok := s.Cache.Get(key)
	return key, ok && take(data) == nil
}

// Put stores a computed result.
func (s Scope) Put(key string, data []byte) {
	if s.Cache != nil {
		s.Cache.Keep(key, data)
	}
}
