package datasets

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// OpenFolder reads a folder of pictures, a folder a label: pictures/dog/1.jpg. The label is
// the folder's name with spaces for _ and -; dog+ball is two labels. Folders within a label's
// are part of it. Hidden files and other files than pictures are ignored, and so are labels
// without pictures; a link that leaves the folder is a picture that cannot be read.
func OpenFolder(ctx context.Context, dir string, o Options) (Dataset, error) {
	src, err := openPictures(dir)
	if err != nil {
		return nil, fmt.Errorf("dataset folder: %w: name a folder that holds a folder of pictures a label", err)
	}
	if o.Name == "" {
		if full, err := filepath.Abs(dir); err == nil {
			o.Name = filepath.Base(full)
		}
	}
	o.textID = func(r row) string {
		folder, _, _ := strings.Cut(r.Name, "/")
		return "text/" + folder
	}
	return openListing(ctx, "folder "+dir, o, src, func(x *index) error { return listFolders(src, x) })
}

// IsPicture tells by a file's extension.
func IsPicture(name string) bool {
	return slices.Contains(pictures, strings.ToLower(path.Ext(name)))
}

// pictures are the extensions of pictures.
var pictures = []string{".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}

// listFolders lists the pictures of each label, in the order of the folders' and files' names.
func listFolders(src *pictureDir, x *index) error {
	entries, err := src.entries(".")
	if err != nil {
		return err
	}
	found := 0
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || !e.IsDir() {
			continue
		}
		labels := folderLabels(e.Name())
		if len(labels) == 0 {
			return fmt.Errorf("the folder %q names no label: rename it", e.Name())
		}
		found++
		if err := listFolder(src, x, e.Name(), labels); err != nil {
			return err
		}
	}
	example := filepath.Join(src.dir, "dog", "1.jpg")
	switch {
	case found == 0:
		return fmt.Errorf("no folders in it: put the pictures in a folder a label, like %s", example)
	case x.seq == 0 && x.refused == 0:
		return fmt.Errorf("no pictures (%s) in its %d folders: put some in, like %s", strings.Join(pictures, " "), found, example)
	}
	return nil
}

// folderLabels are the labels that a folder's name says.
func folderLabels(folder string) []string {
	var labels []string
	for part := range strings.SplitSeq(folder, "+") {
		label := strings.Join(strings.FieldsFunc(part, func(r rune) bool { return strings.ContainsRune("_- ", r) }), " ")
		if label != "" && !slices.Contains(labels, label) {
			labels = append(labels, label)
		}
	}
	return labels
}

func listFolder(src *pictureDir, x *index, dir string, labels []string) error {
	entries, err := src.entries(dir)
	if err != nil {
		return x.bad(dir, "%v", err)
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		var err error
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			err = listFolder(src, x, name, labels)
		case IsPicture(name):
			err = x.add(row{Name: name, Labels: labels})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// entries are a folder's, by name. A name may be no UTF-8, which fs.FS would not have.
func (p *pictureDir) entries(dir string) ([]os.DirEntry, error) {
	folder, err := p.root.Open(filepath.FromSlash(dir))
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	entries, err := folder.ReadDir(-1)
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}
