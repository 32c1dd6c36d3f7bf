package cache

import "slices"

// Place is what every result depends on besides its inputs: the CPU, and the build of the program.
type Place []string

// Key is the key of a result that depends on parts.
func (p Place) Key(parts ...string) string { return Key(slices.Concat(parts, p)...) }

// Scope is the cache for one program on one kind of machine. Without a cache it keeps nothing.
type Scope struct {
	Cache *Cache
	Place Place
}

// Find looks for the result that an earlier run computed from the same content, which parts name. It passes the
// result to take; an error of take counts as absence. It returns the key for the new result if there was none.
func (s Scope) Find(take func(data []byte) error, parts ...string) (key string, found bool) {
	if s.Cache == nil {
		return "", false
	}
	key = s.Place.Key(parts...)
	data, ok := s.Cache.Get(key)
	return key, ok && take(data) == nil
}

// Put keeps a computed result.
func (s Scope) Put(key string, data []byte) {
	if s.Cache != nil {
		s.Cache.Keep(key, data)
	}
}
