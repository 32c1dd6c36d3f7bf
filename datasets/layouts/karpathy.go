package layouts

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/datasets"
)

// KarpathyOptions say which part of a Karpathy split is read.
type KarpathyOptions struct {
	datasets.Options
	Path   string // dataset_coco.json, dataset_flickr30k.json or dataset_flickr8k.json
	Images string // the folder of the pictures
	Split  string // train, restval, val or test, or several joined by +; "" means test
}

// OpenKarpathy reads the splits that A. Karpathy published with "Deep visual-semantic alignments for generating image descriptions" (2015): pictures with
// their captions. A COCO picture is at val2014/NAME in Images, or at NAME.
func OpenKarpathy(ctx context.Context, o KarpathyOptions) (datasets.Dataset, error) {
	o.Split = cmp.Or(o.Split, "test")
	if o.Name == "" {
		o.Name = datasets.Stem(o.Path) + "-" + o.Split
	}
	src, err := datasets.OpenPictures(o.Images, o.Options)
	if err != nil {
		return nil, fmt.Errorf("dataset karpathy %s: %w", o.Path, err)
	}
	src.Alt = path.Base
	return datasets.OpenListing(ctx, "karpathy "+o.Path, o.Options, src, func(x *datasets.Index) error {
		x.Account.Unit = "entry"
		in, err := os.Open(o.Path)
		if err != nil {
			return err
		}
		defer in.Close()
		return parseKarpathy(in, o.Split, x)
	})
}

type karpathyImage struct {
	Folder    string `json:"filepath"`
	File      string `json:"filename"`
	Split     string `json:"split"`
	Sentences []struct {
		Raw string `json:"raw"`
	} `json:"sentences"`
}

func parseKarpathy(r io.Reader, split string, x *datasets.Index) error {
	wanted, seen := strings.Split(split, "+"), map[string]bool{}
	chosen, n := 0, 0
	err := walkJSON(r, map[string]func(decode func(v any) error) error{
		"images": func(decode func(v any) error) error {
			n++
			im, wrong, err := entry[karpathyImage](decode)
			if err != nil {
				return err
			}
			if len(seen) < 100 {
				seen[im.Split] = true
			}
			if !slices.Contains(wanted, im.Split) {
				x.Leave("split "+im.Split, cmp.Or(im.File, fmt.Sprintf("entry %d", n-1)))
				return x.Ctx.Err()
			}
			if wrong != nil {
				return x.Bad(cmp.Or(im.File, fmt.Sprintf("entry %d", n-1)), "%v", wrong)
			}
			chosen++
			return addKarpathy(x, n-1, im)
		},
	})
	if err == nil && chosen == 0 {
		var have []string
		for s := range seen {
			have = append(have, s)
		}
		slices.Sort(have)
		return fmt.Errorf("no picture of the split %q: it has %s", split, strings.Join(have, ", "))
	}
	return err
}

func addKarpathy(x *datasets.Index, n int, im karpathyImage) error {
	r := datasets.Row{Name: im.File}
	if im.Folder != "" && im.File != "" {
		r.Name = im.Folder + "/" + im.File
	}
	for _, s := range im.Sentences {
		r.Captions = append(r.Captions, s.Raw)
	}
	if im.File == "" {
		return x.Bad(fmt.Sprintf("entry %d", n), "no filename")
	}
	if len(datasets.Trimmed(r.Captions)) == 0 {
		return x.Bad(r.Name, "no sentences")
	}
	return x.Add(r)
}
