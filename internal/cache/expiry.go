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
	// Entries that were not used for this time are deleted, because another build, model or set of options never asks for them again.
	unused = 60 * 24 * time.Hour
	// touched is how often the use of a segment is recorded, and how often the cache is searched for old entries.
	touched = 24 * time.Hour
)

// sweptFile is touched when the cache is searched for old entries.
const sweptFile = "swept"

// touch records that an entry of a segment was used. Buckets have their own rules for deletion.
func (c *Cache) touch(name string, now time.Time) {
	if s, ok := c.store.(blobstore.Toucher); ok {
		_ = s.Touch(name, now) // without the record, it is deleted earlier
	}
}

// Expire deletes segments that were not used for two months, and files that killed runs left. It works only on a folder of this machine, at most once a day.
// Files that cannot be deleted stay.
func (c *Cache) Expire(now time.Time) {
	marker := filepath.Join(c.dir, sweptFile)
	if info, err := os.Stat(marker); c.dir == "" || err == nil && now.Sub(info.ModTime()) < touched {
		return
	}
	if os.WriteFile(marker, nil, 0o644) != nil || os.Chtimes(marker, now, now) != nil {
		return
	}
	_ = blobstore.Abandoned(c.store, now.Add(-abandoned))
	for _, prefix := range []string{segments, "plans/", "manifests/"} { // segments first; the last two are left by runs that died
		for o, err := range c.store.List(c.ctx, prefix) {
			if err == nil && now.Sub(o.Time) > unused {
				_ = c.store.Delete(c.ctx, o.Name)
			}
		}
	}
	c.expireFiles(now)
}

// expireFiles deletes the files of programs that stored each entry in its own file, and no other files.
func (c *Cache) expireFiles(now time.Time) {
	folders, _ := os.ReadDir(c.dir) // as far as folders can be read
	for _, d := range folders {
		if !d.IsDir() || !isHex(d.Name(), 1) {
			continue
		}
		entries, _ := os.ReadDir(filepath.Join(c.dir, d.Name())) // deleted meanwhile
		for _, e := range entries {
			old := isHex(e.Name(), 31) || strings.HasPrefix(e.Name(), newPrefix)
			if info, err := e.Info(); old && err == nil && info.Mode().IsRegular() && now.Sub(info.ModTime()) > unused {
				_ = os.Remove(filepath.Join(c.dir, d.Name(), e.Name()))
			}
		}
		_ = os.Remove(filepath.Join(c.dir, d.Name())) // succeeds only if it is empty
	}
}

// isHex reports whether a name is n bytes in hex.
func isHex(name string, n int) bool {
	b, err := hex.DecodeString(name)
	return err == nil && len(b) == n && name == strings.ToLower(name)
}
