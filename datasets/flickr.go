package datasets

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// FlickrOptions name the files of Flickr8k or Flickr30k.
type FlickrOptions struct {
	Options
	Tokens string // results_20130124.token, Flickr8k.token.txt
	Images string // the folder of the pictures
	List   string // Flickr_8k.testImages.txt: a name a line of the pictures to take; "" is all
}

// OpenFlickr reads captions in Flickr's form, NAME.jpg#0, a tab, and the caption. A line in
// another form is an error of that item.
func OpenFlickr(ctx context.Context, o FlickrOptions) (Dataset, error) {
	if o.Name == "" {
		o.Name = stem(cmp.Or(o.List, o.Tokens))
	}
	src, err := openPictures(o.Images, o.Options)
	if err != nil {
		return nil, fmt.Errorf("dataset flickr %s: %w", o.Tokens, err)
	}
	return openListing(ctx, "flickr "+o.Tokens, o.Options, src, func(x *index) error {
		x.account.Unit = "line"
		chosen, err := readList(o.List)
		if err != nil {
			return err
		}
		in, err := os.Open(o.Tokens)
		if err != nil {
			return err
		}
		defer in.Close()
		if err := parseFlickr(in, chosen, x); err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(chosen)) {
			if !chosen[name] {
				if err := x.bad(name, "%s names it, and no line of captions does", o.List); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// readList is nil without a file, else says of each name whether a line of captions named it: none
// yet. The published lists have some thousand names.
func readList(file string) (map[string]bool, error) {
	if file == "" {
		return nil, nil
	}
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	chosen := map[string]bool{}
	scan := bufio.NewScanner(in)
	for scan.Scan() {
		if name := strings.TrimSpace(scan.Text()); name != "" {
			chosen[name] = false
		}
	}
	if err := scan.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return chosen, nil
}

func has[K comparable, V any](m map[K]V, key K) bool {
	_, ok := m[key]
	return ok
}

func parseFlickr(r io.Reader, chosen map[string]bool, x *index) error {
	n := 0
	for line, err := range lines(r) {
		n++
		if err != nil && !errors.Is(err, errLongLine) {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if err == nil && strings.TrimSpace(line) == "" {
			continue
		}
		key, caption, tab := strings.Cut(line, "\t")
		name, _, hash := strings.Cut(key, "#")
		switch {
		case err != nil:
			err = x.bad(fmt.Sprintf("line %d", n), "%v", err)
		case !tab || !hash || name == "" || strings.TrimSpace(caption) == "":
			err = x.bad(fmt.Sprintf("line %d", n), "want NAME.jpg#NUMBER, a tab and a caption")
		case chosen != nil && !has(chosen, name):
			x.ignore("not on the list", name)
		default:
			if chosen != nil {
				chosen[name] = true
			}
			err = x.add(row{Name: name, Captions: []string{caption}})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
