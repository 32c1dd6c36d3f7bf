package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// files stores large temporary entries on this machine, each in its own file. An entry is written completely or not at all. An entry whose bytes have changed
// counts as missing.
type files struct {
	dir    string
	fresh  bool
	mine   sync.Map                         // keys of entries that this process wrote
	warn   func(format string, args ...any) // is called when an entry cannot be stored for the first time; may be nil
	broken atomic.Bool                      // set after that: nothing more is stored
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sumOf is a checksum of parts, one after the other. A hash of a large file would take as long as all other work with it.
func sumOf(body ...[]byte) []byte {
	var sum uint32
	for _, part := range body {
		sum = crc32.Update(sum, castagnoli, part)
	}
	return binary.LittleEndian.AppendUint32(nil, sum)
}

func (f *files) path(key string) string { return filepath.Join(f.dir, key[:2], key[2:]) }

// get returns the entry of a key; ok is false if it is missing or damaged.
func (f *files) get(key string) ([]byte, bool) {
	if _, ok := f.mine.Load(key); f.fresh && !ok {
		return nil, false
	}
	data, err := os.ReadFile(f.path(key))
	if err != nil || len(data) < crc32.Size {
		return nil, false
	}
	at := len(data) - crc32.Size
	return data[:at], bytes.Equal(sumOf(data[:at]), data[at:])
}

// newPrefix is the prefix of files that are still being written.
const newPrefix = ".new-"

// keep stores an entry, given as parts. After the first error it stores nothing more.
func (f *files) keep(key string, body ...[]byte) {
	if f.broken.Load() {
		return
	}
	if err := f.put(key, body...); err != nil && !f.broken.Swap(true) && f.warn != nil {
		f.warn("finished work is no longer stored for later runs: %v", err)
	}
}

func (f *files) put(key string, body ...[]byte) error {
	path := f.path(key)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	out, err := os.CreateTemp(filepath.Dir(path), newPrefix+"*")
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	for _, part := range append(body[:len(body):len(body)], sumOf(body...)) {
		if err == nil {
			_, err = out.Write(part)
		}
	}
	// no sync: after a power failure the checksum reveals a torn entry, and the work is done again
	if err = errors.Join(err, out.Close()); err == nil {
		err = os.Rename(out.Name(), path)
	}
	if err != nil {
		os.Remove(out.Name())
		return fmt.Errorf("cache: %w", err)
	}
	f.mine.Store(key, true)
	return nil
}
