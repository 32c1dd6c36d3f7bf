package layouts

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
	"strconv"
	"strings"

	"github.com/fastclip/fastclip/datasets"
)

// FlickrOptions name the files of Flickr8k or Flickr30k.
type FlickrOptions struct {
	datasets.Options
	Tokens string // results_20130124.token, Flickr8k.token.txt
	Images string // the folder of the pictures
	List   string // such as Flickr_8k.testImages.txt: one file name per line, of the pictures to use; "" means all
}

// OpenFlickr reads captions in Flickr's form (NAME.jpg#0, a tab, and the caption), Kaggle's or CLIP_benchmark's: see flickrLine. A line in another form is an
// error of that item.
func OpenFlickr(ctx context.Context, o FlickrOptions) (datasets.Dataset, error) {
	if o.Name == "" {
		o.Name = datasets.Stem(cmp.Or(o.List, o.Tokens))
	}
	src, err := datasets.OpenPictures(o.Images, o.Options)
	if err != nil {
		return nil, fmt.Errorf("dataset flickr %s: %w", o.Tokens, err)
	}
	return datasets.OpenListing(ctx, "flickr "+o.Tokens, o.Options, src, func(x *datasets.Index) error {
		x.Account.Unit = "line"
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
				if err := x.Bad(name, "%s names it, but it has no captions", o.List); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// readList returns nil without a file. Otherwise the value of each name says whether a caption has named it: not yet. The published lists have some thousand
// names.
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

// has reports whether a key exists, whatever its value.
func has[K comparable, V any](m map[K]V, key K) bool {
	_, ok := m[key]
	return ok
}

// parseFlickr reads the common forms of Flickr's captions. A header is a line that names image and caption.
func parseFlickr(r io.Reader, chosen map[string]bool, x *datasets.Index) error {
	n, numbered := 0, false
	for line, err := range datasets.Lines(r) {
		n++
		if err != nil && !errors.Is(err, datasets.ErrLongLine) {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if err == nil && (strings.TrimSpace(line) == "" || n == 1 && flickrHeader(line)) {
			numbered = strings.Count(line, ",") == 2
			continue
		}
		name, caption, ok := flickrLine(line)
		if numbered && ok {
			caption, ok = behindNumber(caption)
		}
		switch {
		case err != nil:
			err = x.Bad(fmt.Sprintf("line %d", n), "%v", err)
		case !ok || name == "" || strings.TrimSpace(caption) == "":
			err = x.Bad(fmt.Sprintf("line %d", n), "want NAME.jpg#NUMBER, a tab and a caption, or NAME.jpg,CAPTION, or NAME.jpg| NUMBER| CAPTION")
		case chosen != nil && !has(chosen, name):
			x.Leave("not on the list", name)
		default:
			if chosen != nil {
				chosen[name] = true
			}
			err = x.Add(datasets.Row{Name: name, Captions: []string{caption}})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func flickrHeader(line string) bool {
	at := strings.IndexAny(line, ",|")
	return at >= 0 && slices.Contains([]string{"image", "image_name"}, strings.ToLower(strings.TrimSpace(line[:at])))
}

// flickrLine splits a line of Flickr's own token files, of Kaggle's results.csv (captions after bars), or of CLIP_benchmark's flickr30k files (captions with
// commas, without quotes).
func flickrLine(line string) (name, caption string, ok bool) {
	if key, caption, tab := strings.Cut(line, "\t"); tab {
		name, _, hash := strings.Cut(key, "#")
		return name, caption, hash
	}
	if name, rest, bar := strings.Cut(line, "|"); bar && datasets.IsPicture(strings.TrimSpace(name)) {
		number, caption, bar := strings.Cut(rest, "|")
		if _, err := strconv.Atoi(strings.TrimSpace(number)); !bar || err != nil {
			return "", "", false
		}
		return strings.TrimSpace(name), strings.TrimSpace(caption), true
	}
	for at := 0; ; {
		comma := strings.IndexByte(line[at:], ',')
		if comma < 0 {
			return "", "", false
		}
		if at += comma; datasets.IsPicture(line[:at]) { // a name may contain a comma itself
			return line[:at], unquoted(line[at+1:]), true
		}
		at++
	}
}

// behindNumber is the caption of a line NAME.jpg,NUMBER,CAPTION.
func behindNumber(rest string) (caption string, ok bool) {
	number, caption, ok := strings.Cut(rest, ",")
	_, err := strconv.Atoi(strings.TrimSpace(number))
	return unquoted(strings.TrimSpace(caption)), ok && err == nil
}

// unquoted removes the quotes of a quoted CSV cell.
func unquoted(cell string) string {
	if len(cell) < 2 || cell[0] != '"' || cell[len(cell)-1] != '"' || strings.Contains(strings.ReplaceAll(cell[1:len(cell)-1], `""`, ""), `"`) {
		return cell
	}
	return strings.ReplaceAll(cell[1:len(cell)-1], `""`, `"`)
}
