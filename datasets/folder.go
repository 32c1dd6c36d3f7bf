package datasets

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// OpenFolder reads a folder of pictures, a folder a label: pictures/dog/1.jpg. The label is
// the folder's name with spaces for _ and -; dog+ball is two labels. Folders within a label's
// are part of it. Hidden files and what is no picture by its name or its first bytes is ignored, and
// so are labels without pictures; a link that leaves the folder is refused, unless o follows links.
func OpenFolder(ctx context.Context, dir string, o Options) (Dataset, error) {
	src, err := openPictures(dir, o)
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

// listFolders lists the pictures of each label, in the order of the folders' and files' names.
func listFolders(src *pictureDir, x *index) error {
	x.account.Unit = "file"
	entries, err := src.entries(".")
	if err != nil {
		return err
	}
	found, several, classes := 0, false, []string{}
	for _, e := range entries {
		isDir, err := src.isDir(e.Name(), e)
		labels := folderLabels(e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
			x.ignore("hidden", e.Name())
		case err != nil:
			err = x.bad(e.Name(), "%v", err)
		case !isDir:
			x.ignore("not in a folder of a label", e.Name())
		case len(labels) == 0:
			err = x.bad(e.Name(), "the folder %q names no label: rename it", e.Name())
		default:
			found++
			if classes = append(classes, labels[0]); len(labels) > 1 {
				several = true
			}
			err = listLabel(src, x, e.Name(), labels, found)
		}
		if err != nil {
			return err
		}
	}
	if !several {
		x.classes = classes
	}
	if found == 0 && x.account.Refused == 0 {
		return fmt.Errorf("no folders in it: put the pictures in a folder a label, like %s", filepath.Join(src.dir, "dog", "1.jpg"))
	}
	return nil
}

// listLabel lists a label's folder; one that gives nothing must not be gone in silence.
func listLabel(src *pictureDir, x *index, dir string, labels []string, class int) error {
	before := x.accepted + x.account.Refused
	if err := src.walk(x, dir, nil, func(name string) error { return x.add(row{Name: name, Labels: labels, Class: class}) }); err != nil {
		return err
	}
	if before == x.accepted+x.account.Refused {
		x.ignore("label without pictures", dir)
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
