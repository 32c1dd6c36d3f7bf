package cache

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// TensorsDir is the folder of preprocessed pictures within a cache.
const TensorsDir = "tensors"

// Tensors keeps preprocessed pictures between runs, up to its limit in bytes. If it is full, it deletes the least
// recently used ones, but none that were used since it was opened. If the pictures of a run do not all fit, the
// next run therefore still finds the first of them. nil keeps nothing.
type Tensors struct {
	files *files
	limit int64
	since time.Time

	mu   sync.Mutex
	used int64 // bytes of all files; those of other processes are counted when there seems to be no room
	full bool  // full of files used since, so nothing can be deleted
}

// OpenTensors keeps at most limit bytes in dir. It deletes at once what exceeds the limit; with limit 0 it keeps
// nothing.
func OpenTensors(dir string, fresh bool, limit int64, warn func(format string, args ...any)) (*Tensors, error) {
	t := &Tensors{limit: limit, since: time.Now()}
	if t.used = sweep(dir, limit, t.since); limit == 0 {
		return nil, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	t.files = &files{dir: dir, fresh: fresh, warn: warn}
	return t, nil
}

// Get returns the entry under key, if it exists and is intact.
func (t *Tensors) Get(key string) ([]byte, bool) {
	if t == nil {
		return nil, false
	}
	body, ok := t.files.get(key)
	if ok {
		now := time.Now()
		_ = os.Chtimes(t.files.path(key), now, now) // without this, it is deleted sooner
	} else if t.Has(key) {
		_ = os.Remove(t.files.path(key)) // damaged, so it is made again
	}
	return body, ok
}

// Has tells whether there is an entry under key. It does not check it.
func (t *Tensors) Has(key string) bool {
	if _, mine := t.files.mine.Load(key); t.files.fresh && !mine {
		return false
	}
	_, err := os.Lstat(t.files.path(key))
	return err == nil
}

// Put keeps head followed by values if there is room. Spare work may use half of the limit, and replaces nothing.
func (t *Tensors) Put(key string, head, values []byte, spare bool) {
	if t.take(int64(len(head)+len(values)+crc32.Size), spare) {
		t.files.keep(key, head, values)
	}
}

// take tells whether there is room for n bytes. If so, it counts them.
func (t *Tensors) take(n int64, spare bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.full || spare && t.used+n > t.limit/2 {
		return false
	}
	if t.used+n > t.limit {
		// Delete more than necessary, so that not every file needs the list.
		t.used = sweep(t.files.dir, max(0, t.limit-n-t.limit/16), t.since)
	}
	if t.used+n > t.limit {
		t.full = true
		return false
	}
	t.used += n
	return true
}

// kept is a file in a cache.
type kept struct {
	path string
	size int64
	when time.Time
}

// abandoned is the age from which nobody will finish a half-written file.
const abandoned = time.Hour

// sweep removes leftovers of killed runs from dir, and then the least recently used files. It stops when
// at most that many bytes are left, or when all files were used since. It returns the number of bytes
// left.
func sweep(dir string, most int64, since time.Time) (used int64) {
	var files []kept
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil // another run deleted it meanwhile
		}
		info, err := e.Info()
		if err != nil {
			return nil
		}
		if strings.HasPrefix(e.Name(), newPrefix) && time.Since(info.ModTime()) > abandoned {
			_ = os.Remove(path)
			return nil
		}
		files = append(files, kept{path, info.Size(), info.ModTime()})
		used += info.Size()
		return nil
	})
	slices.SortFunc(files, func(a, b kept) int { return a.when.Compare(b.when) })
	for _, f := range files {
		if used <= most || !f.when.Before(since) {
			break
		}
		if os.Remove(f.path) == nil {
			used -= f.size
		}
	}
	return used
}

// Kinds of content in a file of tensors. The shape follows the kind.
const (
	KindBytes  = 1 // 8-bit samples, which the pipeline's Spread turns into tensors
	KindFloats = 2 // tensors
	tensorHead = 12
)

// HeadOf is the head of a body with n times length values of a kind.
func HeadOf(kind, n, length int) []byte {
	out := make([]byte, 0, tensorHead)
	for _, v := range []int{kind, n, length} {
		out = binary.LittleEndian.AppendUint32(out, uint32(v))
	}
	return out
}

// TensorValues is the part after the head in a body of this shape.
func TensorValues(body []byte, kind, n, length, width int) ([]byte, error) {
	if len(body) != tensorHead+n*length*width || string(body[:tensorHead]) != string(HeadOf(kind, n, length)) {
		return nil, fmt.Errorf("tensors of %d bytes, want %d of %d values", len(body), n, length)
	}
	return body[tensorHead:], nil
}
