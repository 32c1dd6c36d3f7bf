package layouts

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/datasets"
)

// OpenFolder reads a folder of pictures with one folder per label: pictures/dog/1.jpg. The label is the folder's
// name with spaces for _ and -; dog+ball means two labels. Subfolders belong to the label above them. Hidden
// files, files that are no pictures by name or first bytes, and labels without pictures are ignored. A link that
// leaves the folder is refused, unless o follows links.
func OpenFolder(ctx context.Context, dir string, o datasets.Options) (datasets.Dataset, error) {
	src, err := datasets.OpenPictures(dir, o)
	if err != nil {
		return nil, fmt.Errorf("dataset folder: %w, with one folder of them per label", err)
	}
	if o.Name == "" {
		if full, err := filepath.Abs(dir); err == nil {
			o.Name = filepath.Base(full)
		}
	}
	o.TextID = func(r datasets.Row) string {
		folder, _, _ := strings.Cut(r.Name, "/")
		return "text/" + folder
	}
	return datasets.OpenListing(ctx, "folder "+dir, o, src, func(x *datasets.Index) error { return listFolders(src, x) })
}

// listFolders lists the pictures of each label, in the order of the folders' and files' names.
func listFolders(src *datasets.PictureDir, x *datasets.Index) error {
	x.Account.Unit = "file"
	entries, err := src.Entries(".")
	if err != nil {
		return err
	}
	found, several, classes := 0, false, []string{}
	for _, e := range entries {
		isDir, err := src.IsDir(e.Name(), e)
		labels := folderLabels(e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
			x.Ignore("hidden", e.Name())
		case err != nil:
			err = x.Bad(e.Name(), "%v", err)
		case !isDir:
			x.Ignore("not in a folder of a label", e.Name())
		case len(labels) == 0:
			err = x.Bad(e.Name(), "the name of the folder %q is not a label: rename it", e.Name())
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
		x.Classes = classes
	}
	if found == 0 && x.Account.Refused == 0 {
		return fmt.Errorf("it contains no folders: put the pictures in one folder per label, like %s", filepath.Join(src.Dir, "dog", "1.jpg"))
	}
	return nil
}

// listLabel lists a label's folder. It reports a folder without pictures, so that none is lost in silence.
func listLabel(src *datasets.PictureDir, x *datasets.Index, dir string, labels []string, class int) error {
	before := x.Accepted + x.Account.Refused
	if err := src.Walk(x, dir, nil, func(name string) error { return x.Add(datasets.Row{Name: name, Labels: labels, Class: class}) }); err != nil {
		return err
	}
	if before == x.Accepted+x.Account.Refused {
		x.Ignore("label without pictures", dir)
	}
	return nil
}

// folderLabels are the labels in a folder's name.
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
