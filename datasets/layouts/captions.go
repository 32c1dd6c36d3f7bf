package layouts

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/fastclip/fastclip/datasets"
)

// OpenCaptions reads a folder of pictures with captions beside them, one per line: 17.jpg and 17.txt. It also
// reads subfolders and ignores hidden files. A picture without captions is an error of that item.
func OpenCaptions(ctx context.Context, dir string, o datasets.Options) (datasets.Dataset, error) {
	src, err := datasets.OpenPictures(dir, o)
	if err != nil {
		return nil, fmt.Errorf("dataset captions %s: %w", dir, err)
	}
	if o.Name == "" {
		if full, err := filepath.Abs(dir); err == nil {
			o.Name = filepath.Base(full)
		}
	}
	return datasets.OpenListing(ctx, "captions "+dir, o, src, func(x *datasets.Index) error {
		x.Account.Unit = "file"
		src.Captions = true
		return src.Walk(x, ".", nil, func(name string) error { return addCaptioned(src, x, name) })
	})
}

func addCaptioned(src *datasets.PictureDir, x *datasets.Index, name string) error {
	beside := strings.TrimSuffix(name, path.Ext(name)) + ".txt"
	captions, err := readCaptions(src, beside)
	if errors.Is(err, fs.ErrNotExist) {
		captions, err = readCaptions(src, strings.TrimSuffix(beside, ".txt")+".TXT")
	}
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(captions) == 0 {
		return x.Bad(name, "no captions: write some into %s, a line each", beside)
	}
	if err != nil {
		return x.Bad(name, "captions: %v", err)
	}
	return x.AddUnordered(datasets.Row{Name: name, Captions: captions})
}

func readCaptions(src *datasets.PictureDir, name string) ([]string, error) {
	info, err := src.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > datasets.MaxLine {
		return nil, fmt.Errorf("%s is not a text file of at most 1 MiB", name)
	}
	data, err := src.Whole(name, info.Size())
	return splitCaptions(data), err
}

// splitCaptions returns the non-empty lines of a text file.
func splitCaptions(data []byte) []string {
	return datasets.Trimmed(strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n"))
}
