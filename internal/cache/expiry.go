package cache

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// unused is after how long what nobody asked for goes: a program's next build, another model or
	// other options never ask for it again.
	unused = 60 * 24 * time.Hour
	// touched is how old the time of an entry may be before its use is noted, and how often the cache is
	// looked through.
	touched = 24 * time.Hour
)

// sweptFile is touched when the cache is looked through.
const sweptFile = "swept"

// touch notes that an entry was used.
func (c *Cache) touch(path string, now time.Time) {
	if info, err := os.Stat(path); err == nil && now.Sub(info.ModTime()) > touched {
		_ = os.Chtimes(path, now, now) // without it, it goes sooner
	}
}

// Expire removes the entries that were not used for two months, and what killed runs have left, once a
// day: nothing but files whose names and sums are those of entries. What cannot be removed stays, as does
// all in a folder that cannot be written to.
func (c *Cache) Expire(now time.Time) {
	marker := filepath.Join(c.dir, sweptFile)
	if info, err := os.Stat(marker); err == nil && now.Sub(info.ModTime()) < touched {
		return
	}
	if os.WriteFile(marker, nil, 0o644) != nil || os.Chtimes(marker, now, now) != nil {
		return
	}
	folders, _ := os.ReadDir(c.dir) // of those that it could read
	for _, d := range folders {
		if !d.IsDir() || !isHex(d.Name(), 1) {
			continue
		}
		entries, err := os.ReadDir(filepath.Join(c.dir, d.Name()))
		if err != nil {
			continue // gone meanwhile
		}
		for _, e := range entries {
			if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
				c.expire(d.Name(), e.Name(), now.Sub(info.ModTime()))
			}
		}
	}
}

// expire removes a file that is so old, if it is an entry or half of one.
func (c *Cache) expire(folder, name string, age time.Duration) {
	path := filepath.Join(c.dir, folder, name)
	if strings.HasPrefix(name, newPrefix) && age > abandoned {
		_ = os.Remove(path)
		return
	}
	if age <= unused || !isHex(name, 31) {
		return
	}
	if data, err := os.ReadFile(path); err == nil && c.whole(data) {
		_ = os.Remove(path)
	}
}

// isHex tells whether a name is of so many bytes in hex.
func isHex(name string, n int) bool {
	b, err := hex.DecodeString(name)
	return err == nil && len(b) == n && name == strings.ToLower(name)
}
