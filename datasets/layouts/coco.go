// Package layouts reads the usual layouts of labelled pictures: COCO, Karpathy, Flickr, folders, caption files,
// tables, WebDataset shards and Hugging Face's Parquet files.
package layouts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/url"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/fastclip/fastclip/datasets"
)

// CocoOptions name COCO's annotation files; at least one of them is given.
type CocoOptions struct {
	datasets.Options
	Captions  string // captions_val2017.json
	Instances string // instances_val2017.json
	Images    string // the folder of the pictures
}

// OpenCoco reads COCO's files. The pictures are in the order of the first file and have captions, and the
// categories of their instances as labels. A picture may have neither; it then answers no text. An annotation
// without a picture is an error of that item.
func OpenCoco(ctx context.Context, o CocoOptions) (datasets.Dataset, error) {
	first := cmp.Or(o.Captions, o.Instances)
	if o.Name == "" {
		o.Name = datasets.Stem(first)
	}
	src, err := datasets.OpenPictures(o.Images, o.Options)
	if err != nil {
		return nil, fmt.Errorf("dataset coco %s: %w", first, err)
	}
	return datasets.OpenListing(ctx, "coco "+first, o.Options, src, func(x *datasets.Index) error {
		x.Account.Unit = "entry"
		c := newCoco()
		defer c.parts.Close()
		for _, file := range []string{o.Captions, o.Instances} {
			if file == "" {
				continue
			}
			if err := c.readFile(ctx, file); err != nil {
				return err
			}
		}
		if c.urls {
			src.Alt = path.Base // without its split's folder
		}
		return c.join(x)
	})
}

// coco joins pictures and annotations, which are in the files in any order.
type coco struct {
	parts      *datasets.Spill[cocoPart] // by picture
	categories map[jsonID]*category
	seq        int64
	// overwritten are categories whose id a later category took.
	overwritten []string
	urls        bool // some names come from addresses
}

type cocoPart struct {
	Image    jsonID
	Seq      int64
	File     string // of a picture
	Caption  string
	Category jsonID
	Problem  string
}

// urlName is the picture that LVIS names by COCO's address alone: val2017/000000397133.jpg.
func urlName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	folder, file := path.Split(u.Path)
	return path.Join(path.Base(folder), file)
}

// category is a class. at is its place among the classes, by id.
type category struct {
	name string
	at   int
}

func newCoco() *coco {
	return &coco{categories: map[jsonID]*category{}, parts: datasets.NewSpill(
		func(a, b cocoPart) int { return cmp.Or(cmp.Compare(a.Image, b.Image), cmp.Compare(a.Seq, b.Seq)) },
		func(p cocoPart) int { return len(p.Image) + len(p.File) + len(p.Caption) + len(p.Category) },
	)}
}

func (c *coco) readFile(ctx context.Context, file string) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := c.read(ctx, in); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

func (c *coco) read(ctx context.Context, r io.Reader) error {
	return walkJSON(r, map[string]func(decode func(v any) error) error{
		"images": func(decode func(v any) error) error {
			im, wrong, err := entry[struct {
				ID   jsonID `json:"id"`
				Name string `json:"file_name"`
				URL  string `json:"coco_url"`
			}](decode)
			if im.Name == "" && im.URL != "" { // LVIS
				im.Name, c.urls = urlName(im.URL), true
			}
			if err == nil && wrong == nil && (im.ID == "" || im.Name == "") {
				wrong = errors.New("a picture without id or file_name")
			}
			return errors.Join(err, ctx.Err(), c.add(cocoPart{Image: im.ID, File: im.Name}, wrong))
		},
		"annotations": func(decode func(v any) error) error {
			a, wrong, err := entry[struct {
				Image    jsonID `json:"image_id"`
				Caption  string `json:"caption"`
				Category jsonID `json:"category_id"`
			}](decode)
			if err == nil && wrong == nil && (a.Image == "" || strings.TrimSpace(a.Caption) == "" && a.Category == "") {
				wrong = errors.New("an annotation without image_id, or with neither caption nor category_id")
			}
			return errors.Join(err, ctx.Err(), c.add(cocoPart{Image: a.Image, Caption: a.Caption, Category: a.Category}, wrong))
		},
		"categories": func(decode func(v any) error) error {
			k, _, err := entry[struct {
				ID   jsonID `json:"id"`
				Name string `json:"name"`
			}](decode)
			if len(c.categories) >= maxCategories {
				return fmt.Errorf("more than %d categories", maxCategories)
			}
			if before := c.categories[k.ID]; before != nil && before.name != k.Name {
				c.overwritten = append(c.overwritten, fmt.Sprintf("%s: %s, then %s", k.ID, before.name, k.Name))
			}
			c.categories[k.ID] = &category{name: k.Name} // the last one, as by pycocotools
			return err
		},
	})
}

// maxCategories is far above any set's; LVIS has 1203.
const maxCategories = 100_000

func (c *coco) add(p cocoPart, wrong error) error {
	c.seq++
	p.Seq = c.seq
	if wrong != nil {
		p.Problem = wrong.Error()
	}
	return c.parts.Add(p)
}

// classes are the categories' names in the order of their ids, as pycocotools sorts them.
func (c *coco) classes() (names []string) {
	number := func(id jsonID) float64 {
		n, err := strconv.ParseFloat(string(id), 64)
		if err != nil {
			return math.Inf(1)
		}
		return n
	}
	ids := slices.SortedFunc(maps.Keys(c.categories), func(a, b jsonID) int {
		return cmp.Or(cmp.Compare(number(a), number(b)), cmp.Compare(a, b))
	})
	for i, id := range ids {
		c.categories[id].at = i
		names = append(names, c.categories[id].name)
	}
	return names
}

// join passes each picture with its annotations to the index.
func (c *coco) join(x *datasets.Index) error {
	c.parts.Seal()
	x.Classes = c.classes()
	for _, category := range c.overwritten {
		x.Overwrite("categories of one id", category)
	}
	var open datasets.Row
	var id jsonID
	notes := 0 // annotations of the picture
	put := func() error {
		switch {
		case open.Name == "" && notes > 0:
			x.Refuse(notes - 1)
			return x.Bad("image_id "+string(id), "annotations of a picture that the file does not list: %d", notes)
		case open.Name == "":
			return nil
		}
		refused := x.Account.Refused
		err := x.AddUnordered(open)
		if x.Account.Refused > refused {
			x.Refuse(notes) // with their picture
		} else {
			x.Merge(notes)
		}
		return err
	}
	for p, err := range c.parts.All() {
		if err != nil {
			return err
		}
		if p.Image != id {
			if err := put(); err != nil {
				return err
			}
			open, id, notes = datasets.Row{}, p.Image, 0
		}
		used, err := c.merge(x, &open, p)
		if err != nil {
			return err
		}
		if used && p.File == "" {
			notes++
		}
	}
	return put()
}

// merge takes a part over into the picture; it is not used when it is refused.
func (c *coco) merge(x *datasets.Index, open *datasets.Row, p cocoPart) (used bool, err error) {
	switch category, known := c.categories[p.Category]; {
	case p.Problem != "":
		return false, x.Bad(cmp.Or(p.File, "image_id "+string(p.Image)), "%s", p.Problem)
	case p.File != "" && open.Name != "" && open.Name != p.File:
		return false, x.Bad(p.File, "its id %s is %s's", p.Image, open.Name)
	case p.File != "" && open.Name != "":
		x.Merge(1) // listed in both files
	case p.File != "":
		open.Name, open.Seq = p.File, p.Seq
	case len(open.Captions) > datasets.MaxTexts:
		return false, fmt.Errorf("the picture %s has more than %d captions", p.Image, datasets.MaxTexts)
	case p.Caption != "":
		open.Captions = append(open.Captions, p.Caption)
	case !known:
		return false, x.Bad("image_id "+string(p.Image), "category_id %s is not among the categories", p.Category)
	case strings.TrimSpace(category.name) == "":
		return false, x.Bad("image_id "+string(p.Image), "the category %s has no name", p.Category)
	default:
		open.Labels = datasets.Unique(append(open.Labels, category.name))
		open.SetClass(category.at)
	}
	return true, nil
}
