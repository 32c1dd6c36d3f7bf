package store

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// latest is the link in a results root to its newest run.
const latest = "latest"

// IsLatest reports whether an entry of a results root is the link "latest", which is not a run.
func IsLatest(e fs.DirEntry) bool { return e.Name() == latest && e.Type()&fs.ModeSymlink != 0 }

// PointLatest lets the link of a results root point to the newest run. There is a link at every moment, because
// the new one replaces the old one.
func PointLatest(dir string) error {
	root, name := filepath.Split(filepath.Clean(dir))
	link := filepath.Join(root, latest)
	if info, err := os.Lstat(link); err == nil && info.Mode()&fs.ModeSymlink == 0 {
		return fmt.Errorf("%s exists and is not a link, so it stays as it is", link)
	}
	fresh := filepath.Join(root, "."+latest+"."+name+".tmp")
	if err := os.Symlink(name, fresh); err != nil {
		return fmt.Errorf("link to the newest run: %w", err)
	}
	if err := os.Rename(fresh, link); err != nil {
		os.Remove(fresh)
		return fmt.Errorf("link to the newest run: %w", err)
	}
	return nil
}
