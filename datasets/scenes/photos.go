package scenes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/datasets"
)

// sentences are the captions for a picture's labels. Every second one names the labels in reverse order, because people do so too.
var sentences = []string{"a photo of %s", "there is %s in this picture", "%s on a background", "someone has put %s here", "the picture shows %s"}

func (s Spec) checkPhotos() error {
	switch {
	case s.Width < 0 || s.Height < 0 || (s.Width == 0) != (s.Height == 0):
		return fmt.Errorf("pictures of %d by %d pixels: want both sides or neither", s.Width, s.Height)
	case s.Width > 0 && (min(s.Width, s.Height) < 64 || max(s.Width, s.Height) > 4096):
		return fmt.Errorf("pictures of %d by %d pixels: want sides of 64 to 4096", s.Width, s.Height)
	case s.Captions < 0 || s.Captions > len(sentences):
		return fmt.Errorf("%d captions per picture: want at most %d", s.Captions, len(sentences))
	}
	return nil
}

// photoFormat is a JPEG like those of cameras and web sites.
func photoFormat(r *random) format {
	return format{jpeg: jpegOptions{quality: r.between(75, 95), sampling: []sampling{s420, s420, s444}[r.below(3)]}}
}

// caption is sentence n for picture i.
func (s *scenes) caption(i, n int) datasets.Text {
	_, labels, f := s.plan(i)
	if n%2 == 1 {
		labels = slices.Clone(labels)
		slices.Reverse(labels)
	}
	parts := make([]string, len(labels))
	for k, l := range labels {
		label := s.art.label(l)
		parts[k] = strings.TrimSpace(label.Article + " " + label.Name)
	}
	id := fmt.Sprintf("%s/%06d%s", s.spec.Name, i, f.extension())
	return datasets.Text{ID: fmt.Sprintf("%s#%d", id, n), Text: fmt.Sprintf(sentences[n], datasets.Enumerate(parts)), Images: []string{id}}
}
