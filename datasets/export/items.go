package export

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/datasets"
)

// shape is what a sink must know about the whole set before it starts.
type shape struct {
	captions bool     // there are some
	single   bool     // every picture has exactly one label
	classes  []string // the set's own list, of which two may be the same, and other labels, sorted
}

// item is a picture that goes into a sink.
type item struct {
	number    int
	extension string // with the dot, by content
	data      []byte
	labels    []string
	class     int // place among the classes, of a picture of one label
	captions  []string
}

// errCannotHold is the error for a picture that the format cannot represent.
var errCannotHold = errors.New("this format cannot hold it")

// named requires a label or a caption, because most formats do not count a row without one.
func (it item) named() error {
	if len(it.labels)+len(it.captions) == 0 {
		return fmt.Errorf("%w: neither a label nor a caption", errCannotHold)
	}
	return nil
}

// classOf is a picture's place among the classes, -1 without a label.
func (s shape) classOf(im datasets.Image) int {
	switch {
	case len(im.Labels) == 0:
		return -1
	case im.Class > 0:
		return im.Class - 1
	}
	return slices.Index(s.classes, im.Labels[0])
}

// file is the picture's name in a set written here: 0000017.jpg.
func (it item) file() string { return fmt.Sprintf("%07d%s", it.number, it.extension) }

// shapeOf lists the set once; pictures are not read.
func shapeOf(ctx context.Context, ds datasets.Dataset) (shape, error) {
	s := shape{single: true}
	seen := map[string]bool{}
	for im, err := range ds.Images(ctx) {
		if stop := ctx.Err(); stop != nil {
			return s, stop
		}
		if err != nil {
			continue
		}
		s.single = s.single && len(im.Labels) == 1
		for _, l := range im.Labels {
			seen[l] = true
		}
	}
	if len(seen) > 0 {
		s.classes = slices.Clone(ds.Info().Classes)
	}
	for _, l := range slices.Sorted(maps.Keys(seen)) {
		if !slices.Contains(s.classes, l) {
			s.classes = append(s.classes, l)
		}
	}
	for t, err := range ds.Texts(ctx) {
		if err != nil {
			return s, err
		}
		s.captions = len(t.Images) > 0
		break
	}
	return s, nil
}

// eachCaptioned passes every picture with its captions to use. Captions follow in the order of the
// pictures. err is about an item that cannot be listed.
func eachCaptioned(ctx context.Context, ds datasets.Dataset, use func(im datasets.Image, captions []string, err error) error) error {
	next, stop := iter.Pull2(ds.Texts(ctx))
	defer stop()
	t, err, more := next()
	for im, problem := range ds.Images(ctx) {
		if stop := ctx.Err(); stop != nil {
			return stop
		}
		var captions []string
		for ; problem == nil && more && slices.Contains(t.Images, im.ID); t, err, more = next() {
			if err != nil {
				return err
			}
			captions = append(captions, t.Text)
		}
		if err := use(im, captions, problem); err != nil {
			return err
		}
	}
	if more && len(t.Images) > 0 {
		return fmt.Errorf("text %s does not follow its picture", t.ID)
	}
	return nil
}

// extensionOf is the extension for the format of the first bytes, or else the name's.
func extensionOf(data []byte, name string) string {
	switch http.DetectContentType(data) {
	case "image/jpeg":
		return ".jpg"
	case "image/png":
		return ".png"
	case "image/webp":
		return ".webp"
	case "image/gif":
		return ".gif"
	case "image/bmp":
		return ".bmp"
	}
	if datasets.IsPicture(name) {
		return strings.ToLower(path.Ext(name))
	}
	return ".jpg"
}
