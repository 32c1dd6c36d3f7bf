package datasets

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// walk gives the pictures of a folder and of those within, in the order of their names. above are
// the folders on the way, so that links that are followed end.
func (p *pictureDir) walk(x *index, dir string, above []os.FileInfo, use func(name string) error) error {
	entries, err := p.entries(dir)
	if err != nil {
		return x.bad(dir, "%v", err)
	}
	if p.follow {
		here, err := p.stat(dir)
		if err == nil && slices.ContainsFunc(above, func(f os.FileInfo) bool { return os.SameFile(f, here) }) {
			return x.bad(dir, "a link to a folder that it lies in")
		}
		above = append(slices.Clip(above), here)
	}
	for _, e := range entries {
		if err := x.ctx.Err(); err != nil {
			return err
		}
		name := path.Join(dir, e.Name())
		isDir, err := p.isDir(name, e)
		switch {
		case strings.HasPrefix(e.Name(), "."):
			x.ignore("hidden", name)
			err = nil
		case err != nil:
			err = x.bad(name, "%v", err)
		case isDir:
			err = p.walk(x, name, above, use)
		case p.sniff(name):
			err = use(name)
		case p.captions && strings.ToLower(path.Ext(name)) == ".txt" && hasPicture(entries, e.Name()):
			x.merge(1)
		default:
			x.ignore(otherThan(name), name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// hasPicture tells whether a text lies beside a picture of its name. The entries are in order.
func hasPicture(entries []os.DirEntry, text string) bool {
	stem := strings.TrimSuffix(text, path.Ext(text))
	from, _ := slices.BinarySearchFunc(entries, stem, func(e os.DirEntry, stem string) int { return strings.Compare(e.Name(), stem) })
	for _, e := range entries[from:] {
		if !strings.HasPrefix(e.Name(), stem) {
			return false
		}
		extension := path.Ext(e.Name())
		if strings.TrimSuffix(e.Name(), extension) == stem && !slices.Contains(texts, strings.ToLower(extension)) {
			return true
		}
	}
	return false
}

// isDir looks behind links; the error is of one that cannot be followed.
func (p *pictureDir) isDir(name string, e os.DirEntry) (bool, error) {
	if e.Type()&os.ModeSymlink == 0 {
		return e.IsDir(), nil
	}
	info, err := p.stat(name)
	if err != nil {
		return false, err
	}
	if info.IsDir() && !p.follow {
		return false, errors.New("a link to a folder: `links: follow` takes it")
	}
	return info.IsDir(), nil
}

// entries are a folder's, by name. A name may be no UTF-8, which fs.FS would not have.
func (p *pictureDir) entries(dir string) ([]os.DirEntry, error) {
	folder, err := p.open(filepath.FromSlash(dir))
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	entries, err := folder.ReadDir(-1)
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}
