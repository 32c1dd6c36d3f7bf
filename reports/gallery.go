package reports

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/judge/history"
	"github.com/fastclip/fastclip/reports/prose"
)

// Gallery shows the pictures and texts of a run's datasets.
type Gallery interface {
	// Text is a query's text, or "" when it is not known.
	Text(dataset, id string) string
	// Thumbnail is a small version of a picture, as JPEG.
	Thumbnail(dataset, id string) ([]byte, error)
}

// Extras are what a page shows in addition to the run's tables.
type Extras struct {
	Dir      string           // the run's folder, for its embeddings and queries; "" explains no variant
	Gallery  Gallery          // or nil
	NoImages string           // why pictures are not shown, or ""
	History  *history.History // history of the runs around this one, or nil
	Pictures string           // md: prefix of its links to the files of Drawings; "" leaves pictures out
	Night    *prose.Night     // the gate's verdict on the run, or nil
	Bytes    int              // most bytes that thumbnails may take in the page; 0 means thumbnailBytes
}

// thumbnailBytes is the default for the bytes that a page's thumbnails may take.
const thumbnailBytes = 6 << 20

// thumbs are the thumbnails of a page. Each is stored once, however often the page shows it.
type thumbs struct {
	from    Gallery
	left    int
	classes map[[2]string]string
	style   strings.Builder
	skipped int   // pictures left out for want of room
	failed  int   // pictures that could not be read
	reason  error // the first reason for that
}

func newThumbs(x Extras) *thumbs {
	t := &thumbs{from: x.Gallery, left: x.Bytes, classes: map[[2]string]string{}}
	if t.left == 0 {
		t.left = thumbnailBytes
	}
	return t
}

// class is the CSS class that shows the picture, or "" when it cannot be shown.
func (t *thumbs) class(dataset, id string) string {
	if t.from == nil {
		return ""
	}
	key := [2]string{dataset, id}
	if name, ok := t.classes[key]; ok {
		return name
	}
	t.classes[key] = ""
	data, err := t.from.Thumbnail(dataset, id)
	switch size := base64.StdEncoding.EncodedLen(len(data)); {
	case err != nil:
		t.failed++
		if t.reason == nil {
			t.reason = err
		}
	case size > t.left:
		t.skipped++
	default:
		t.left -= size
		name := fmt.Sprintf("p%d", len(t.classes))
		t.classes[key] = name
		fmt.Fprintf(&t.style, ".%s{background-image:url(data:image/jpeg;base64,%s)}\n", name, base64.StdEncoding.EncodeToString(data))
	}
	return t.classes[key]
}

// text is the wording of a text, or "" when it is not known.
func (t *thumbs) text(dataset, id string) string {
	if t.from == nil {
		return ""
	}
	return t.from.Text(dataset, id)
}

// item is a picture or a text in the page.
func (t *thumbs) item(dataset, modality, id string) thumbView {
	if modality == "image" {
		return thumbView{Class: t.class(dataset, id), Label: id}
	}
	if text := t.text(dataset, id); text != "" {
		return thumbView{Label: text}
	}
	return thumbView{Label: id}
}

// notes say what could not be shown.
func (t *thumbs) notes(x Extras) []string {
	var out []string
	if x.NoImages != "" {
		out = append(out, "Pictures are only named: "+x.NoImages)
	}
	if t.failed > 0 {
		out = append(out, fmt.Sprintf("%s could not be shown; the first: %v", prose.Plural(t.failed, "picture"), t.reason))
	}
	if t.skipped > 0 {
		out = append(out, fmt.Sprintf("%s left out to keep the page small.", prose.Plural(t.skipped, "picture")))
	}
	return out
}
