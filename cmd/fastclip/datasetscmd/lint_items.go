package datasetscmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/datasets"
)

// texts checks the texts, and counts the captions of each picture.
func (l *linter) texts(ctx context.Context, name string, ds datasets.Dataset) (map[string]int, error) {
	captions := map[string]int{}
	seen := map[[16]byte]bool{}
	for t, err := range ds.Texts(ctx) {
		if err != nil {
			return nil, err
		}
		for _, id := range t.Images {
			captions[id]++
		}
		sum := short([]byte(strings.Join(strings.Fields(strings.ToLower(t.Text)), " ")))
		if seen[sum] {
			l.add(name, "repeated texts", fmt.Sprintf("%s: %q", t.ID, t.Text))
		}
		seen[sum] = true
		if ids := l.tokens.Encode(t.Text, clipContext+1); l.tokens.EOTIndex(ids) == clipContext {
			l.add(name, fmt.Sprintf("texts cut at %d tokens", clipContext), t.ID)
		}
	}
	return captions, nil
}

// clipContext is the number of tokens that CLIP's text tower takes.
const clipContext = 77

// seenAt says where a picture was seen.
type seenAt struct {
	set           int // number of the dataset among those of this call
	dataset, name string
}

// repeated reports a picture that occurred before, in the same set or in another split.
func (l *linter) repeated(here, first seenAt, what string) {
	where := "twice"
	if here.set != first.set {
		where = "in two sets"
	}
	l.add(here.dataset, what+" "+where, fmt.Sprintf("%s is %s: %s", here.name, first.dataset, first.name))
}
