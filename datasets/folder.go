package datasets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// OpenFolder reads a folder of pictures, a folder a label: pictures/dog/1.jpg. The label is
// the folder's name with spaces for _ and -; dog+ball is two labels. Folders within a label's
// are part of it. Hidden files and other files than pictures are ignored, and so are labels
// without pictures; a link that leaves the folder is a picture that cannot be read. Every
// file is read once, for the hash; memory does not grow with their number.
func OpenFolder(dir string, o Options) (Dataset, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("dataset folder: %w: name a folder that holds a folder of pictures a label", err)
	}
	f := &folder{dir: dir, root: root}
	if err := f.open(o); err != nil {
		return nil, errors.Join(fmt.Errorf("dataset folder %s: %w", dir, err), root.Close())
	}
	return f, nil
}

type folder struct {
	dir    string
	root   *os.Root
	info   Info
	labels []labelFolder // that have pictures, sorted by folder
	texts  []Text
}

type labelFolder struct {
	dir    string
	labels []string
}

// pictures are the extensions of pictures.
var pictures = []string{".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}

func (f *folder) open(o Options) error {
	ask, err := newLabelTexts(o.Template)
	if err != nil {
		return err
	}
	if o.Name == "" {
		absolute, err := filepath.Abs(f.dir)
		if err != nil {
			return err
		}
		o.Name = filepath.Base(absolute)
	}
	found, err := f.labelFolders()
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("no folders in it: put the pictures in a folder a label, like %s", filepath.Join(f.dir, "dog", "1.jpg"))
	}
	f.info.Name, f.info.Licence = o.Name, "the owner's"
	d := newDigest()
	if err := f.count(d, found); err != nil {
		return err
	}
	if f.info.Images == 0 {
		return fmt.Errorf("no pictures (%s) in its %d folders: put some in, like %s", strings.Join(pictures, " "), len(found), filepath.Join(f.dir, found[0].dir, "1.jpg"))
	}
	for _, l := range f.labels {
		ask.add("text/"+l.dir, l.labels)
	}
	f.info.Arity, f.texts = ask.arity, ask.texts
	for _, t := range f.texts {
		d.query(t)
	}
	f.info.Texts, f.info.Hash = len(f.texts), d.hex()
	return nil
}

// count reads every picture once, and keeps the labels that have some.
func (f *folder) count(d digest, found []labelFolder) error {
	for _, l := range found {
		before := f.info.Images
		err := f.walk(l, func(name string) bool {
			f.info.Images++
			d.image(Image{Name: name, Labels: l.labels}, f.sum(name))
			return true
		})
		if err != nil {
			return err
		}
		if f.info.Images > before {
			f.labels = append(f.labels, l)
		}
	}
	return nil
}

func (f *folder) labelFolders() ([]labelFolder, error) {
	entries, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return nil, err
	}
	var out []labelFolder
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || !e.IsDir() {
			continue
		}
		l := labelFolder{dir: e.Name()}
		for part := range strings.SplitSeq(e.Name(), "+") {
			label := strings.Join(strings.FieldsFunc(part, func(r rune) bool { return strings.ContainsRune("_- ", r) }), " ")
			if label != "" && !slices.Contains(l.labels, label) {
				l.labels = append(l.labels, label)
			}
		}
		if len(l.labels) == 0 {
			return nil, fmt.Errorf("the folder %q names no label: rename it", e.Name())
		}
		out = append(out, l)
	}
	return out, nil
}
