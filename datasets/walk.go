package datasets

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Walk yields the pictures of a folder and its subfolders, in the order of their names. above are the folders on
// the way, so that following links ends.
func (p *PictureDir) Walk(x *Index, dir string, above []os.FileInfo, use func(name string) error) error {
	entries, err := p.Entries(dir)
	if err != nil {
		return x.Bad(dir, "%v", err)
	}
	if p.follow {
		here, err := p.Stat(dir)
		if err == nil && slices.ContainsFunc(above, func(f os.FileInfo) bool { return os.SameFile(f, here) }) {
			return x.Bad(dir, "a link to a folder that contains it")
		}
		above = append(slices.Clip(above), here)
	}
	for _, e := range entries {
		if err := x.Ctx.Err(); err != nil {
			return err
		}
		name := path.Join(dir, e.Name())
		isDir, err := p.IsDir(name, e)
		switch {
		case strings.HasPrefix(e.Name(), "."):
			x.Ignore("hidden", name)
			err = nil
		case err != nil:
			err = x.Bad(name, "%v", err)
		case isDir:
			err = p.Walk(x, name, above, use)
		case p.sniff(name):
			err = use(name)
		case p.Captions && strings.ToLower(path.Ext(name)) == ".txt" && hasPicture(entries, e.Name()):
			x.Merge(1)
		default:
			x.Ignore(OtherThan(name), name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// hasPicture tells whether a picture with the name of a text is next to it. The entries are in order.
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

// IsDir follows links; the error is about a link that cannot be followed.
func (p *PictureDir) IsDir(name string, e os.DirEntry) (bool, error) {
	if e.Type()&os.ModeSymlink == 0 {
		return e.IsDir(), nil
	}
	info, err := p.Stat(name)
	if err != nil {
		return false, err
	}
	if info.IsDir() && !p.follow {
		return false, errors.New("a link to a folder: `links: follow` takes it")
	}
	return info.IsDir(), nil
}

// Entries lists a folder by name. Names need not be UTF-8, which fs.FS would require.
func (p *PictureDir) Entries(dir string) ([]os.DirEntry, error) {
	folder, err := p.open(filepath.FromSlash(dir))
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	entries, err := folder.ReadDir(-1)
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}
