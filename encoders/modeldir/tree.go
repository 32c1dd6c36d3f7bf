package modeldir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// tree is everything in a model's folder and below, at any depth and behind links.
type tree struct {
	files  []string // in order
	broken []string // links that lead nowhere
	towers []string // folders that have ONNX files
	linked []fs.FileInfo
}

// maxEntries stops the reading of a folder that was named by mistake, such as /.
const maxEntries = 1 << 20

// look lists the folder.
func look(fsys fs.FS) (*tree, error) {
	t := &tree{}
	return t, t.walk(fsys, ".", nil)
}

// passed tells which folders to skip: those of programs that manage a model's files. Nobody reads their
// copies.
func passed(name string) bool { return name == ".git" || name == ".cache" }

func (t *tree) walk(fsys fs.FS, dir string, above []fs.FileInfo) error {
	own, err := fs.Stat(fsys, dir)
	if err != nil {
		return err
	}
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return err
	}
	above = append(slices.Clone(above), own)
	for _, e := range entries {
		p, isDir := path.Join(dir, e.Name()), e.IsDir()
		if e.Type()&fs.ModeSymlink != 0 {
			info, err := fs.Stat(fsys, p)
			switch {
			case errors.Is(err, fs.ErrNotExist) || err != nil && strings.Contains(err.Error(), "too many links"):
				t.broken = append(t.broken, p)
				continue
			case err != nil:
				return err
			}
			if isDir = info.IsDir(); isDir {
				same := func(other fs.FileInfo) bool { return os.SameFile(info, other) }
				if slices.ContainsFunc(above, same) || slices.ContainsFunc(t.linked, same) {
					continue // a circular link, or one that was followed already
				}
				t.linked = append(t.linked, info)
			}
		}
		switch {
		case isDir && passed(e.Name()):
		case isDir:
			if err := t.walk(fsys, p, above); err != nil {
				return err
			}
		default:
			if t.files = append(t.files, p); len(t.files) > maxEntries {
				return fmt.Errorf("it contains more than %d files: name the model's own folder", maxEntries)
			}
			if path.Ext(p) == ".onnx" && !slices.Contains(t.towers, dir) {
				t.towers = append(t.towers, dir)
			}
		}
	}
	return nil
}

// named are the files of a name. others are those that belong only to another model: they are in or below
// a folder with towers that is none of the model's own places.
func (t *tree) named(name string, places []string) (own, others []string) {
	for _, p := range t.files {
		switch {
		case path.Base(p) != name:
		case t.foreign(p, places):
			others = append(others, p)
		default:
			own = append(own, p)
		}
	}
	return own, others
}

// foreign tells whether a file belongs to another model.
func (t *tree) foreign(p string, places []string) bool {
	for dir := path.Dir(p); dir != "." && !slices.Contains(places, dir); dir = path.Dir(dir) {
		if slices.Contains(t.towers, dir) {
			return true
		}
	}
	return false
}
