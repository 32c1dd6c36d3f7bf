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

// files keeps large entries that come and go, each in a file of its own, on this machine only. An entry is
// written whole or not at all; one whose bytes have changed since counts as absent.
type files struct {
	dir    string
	fresh  bool
	mine   sync.Map                         // keys that this process wrote
	warn   func(format string, args ...any) // is told of the first entry that could not be stored; nil: nobody is
	broken atomic.Bool                      // then nothing more is
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sumOf is of parts, one after the other. Hashing a large file would take as long as all else that is done with it.
func sumOf(body ...[]byte) []byte {
	var sum uint32
	for _, part := range body {
		sum = crc32.Update(sum, castagnoli, part)
	}
	return binary.LittleEndian.AppendUint32(nil, sum)
}

func (f *files) path(key string) string { return filepath.Join(f.dir, key[:2], key[2:]) }

// get returns the entry of key, and whether it is there and whole.
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

// newPrefix begins the names of files that are being written.
const newPrefix = ".new-"

// keep stores the entry of key: parts, one after the other. The first error ends all keeping.
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
	// No sync: after a power cut the sum tells a torn entry, and its work is done again.
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
