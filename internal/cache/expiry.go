package cache

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fastclip/fastclip/internal/blobstore"
)

const (
	// unused is after how long what nobody asked for goes: a program's next build, another model or
	// other options never ask for it again.
	unused = 60 * 24 * time.Hour
	// touched is how old the time of a segment may be before its use is noted, and how often the cache is
	// looked through.
	touched = 24 * time.Hour
)

// sweptFile is touched when the cache is looked through.
const sweptFile = "swept"

// touch notes that an entry of a segment was used. A bucket has rules of its own for what is old.
func (c *Cache) touch(name string, now time.Time) {
	if s, ok := c.store.(blobstore.Toucher); ok {
		_ = s.Touch(name, now) // without it, it goes sooner
	}
}

// Expire removes segments that were not used for two months, and files that killed runs left. It works on a folder
// of this machine, and at most once a day. What cannot be removed stays.
func (c *Cache) Expire(now time.Time) {
	marker := filepath.Join(c.dir, sweptFile)
	if info, err := os.Stat(marker); c.dir == "" || err == nil && now.Sub(info.ModTime()) < touched {
		return
	}
	if os.WriteFile(marker, nil, 0o644) != nil || os.Chtimes(marker, now, now) != nil {
		return
	}
	_ = blobstore.Abandoned(c.store, now.Add(-abandoned))
	for _, prefix := range []string{segments, "plans/", "manifests/"} { // the last two of runs that died
		for o, err := range c.store.List(c.ctx, prefix) {
			if err == nil && now.Sub(o.Time) > unused {
				_ = c.store.Delete(c.ctx, o.Name)
			}
		}
	}
	c.expireFiles(now)
}

// expireFiles removes what programs before segments have kept, a file an entry, and nothing else.
func (c *Cache) expireFiles(now time.Time) {
	folders, _ := os.ReadDir(c.dir) // of those that it could read
	for _, d := range folders {
		if !d.IsDir() || !isHex(d.Name(), 1) {
			continue
		}
		entries, _ := os.ReadDir(filepath.Join(c.dir, d.Name())) // gone meanwhile
		for _, e := range entries {
			old := isHex(e.Name(), 31) || strings.HasPrefix(e.Name(), newPrefix)
			if info, err := e.Info(); old && err == nil && info.Mode().IsRegular() && now.Sub(info.ModTime()) > unused {
				_ = os.Remove(filepath.Join(c.dir, d.Name(), e.Name()))
			}
		}
		_ = os.Remove(filepath.Join(c.dir, d.Name())) // if it is empty now
	}
}

// isHex tells whether a name is of so many bytes in hex.
func isHex(name string, n int) bool {
	b, err := hex.DecodeString(name)
	return err == nil && len(b) == n && name == strings.ToLower(name)
}
