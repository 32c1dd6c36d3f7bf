package embed

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/metrics/rank"
)

// maxPrompts limits classes times templates, because a wrong label column must not cost hours.
const maxPrompts = 1_000_000

// zeroShot holds the classes for a dataset's pictures. It has every class of the set's list, whether a
// picture shows it or not.
type zeroShot struct {
	Classes   []string // names, of which two may be equal
	templates []string
	Prompts   []string       // without repeats
	at        []int          // prompt of a class in a template, class by class
	places    map[string]int // by name, for a set without a list
	Emb       map[string]encoders.Embeddings
}

// PlanZeroShot is nil for a dataset without templates. The pictures are all pictures of the set.
func PlanZeroShot(spec suite.DatasetSpec, info datasets.Info, images []datasets.Image) (*zeroShot, error) {
	if len(spec.Templates) == 0 {
		return nil, nil
	}
	if info.Unnamed > 0 {
		return nil, fmt.Errorf("templates ask for zero-shot classification, but the classes of %d pictures are numbers without names: give the names with `classes: FILE`, one per line, or in classnames.txt beside the shards", info.Unnamed)
	}
	z := &zeroShot{templates: spec.Templates, Classes: info.Classes, Emb: map[string]encoders.Embeddings{}}
	labels := map[string]bool{}
	for _, im := range images {
		if len(im.Labels) != 1 {
			return nil, fmt.Errorf("templates ask for zero-shot classification, which needs one label per picture: %s has %d", im.Name, len(im.Labels))
		}
		labels[im.Labels[0]] = true
	}
	if z.Classes == nil {
		z.Classes = slices.Sorted(maps.Keys(labels))
	}
	if n := len(z.Classes); n < 2 || n*len(z.templates) > maxPrompts {
		return nil, fmt.Errorf("zero-shot classification with %d classes and %d templates: want at least 2 classes, and at most %d prompts (classes times templates)", n, len(z.templates), maxPrompts)
	}
	z.places = map[string]int{}
	for i, class := range z.Classes {
		if _, twice := z.places[class]; !twice {
			z.places[class] = i
		}
	}
	for _, im := range images {
		if _, err := z.Class(im); err != nil {
			return nil, err
		}
	}
	z.ask()
	return z, nil
}

// ask makes the prompts. It embeds equal prompts once, so that classes with the same name tie to the bit.
func (z *zeroShot) ask() {
	seen := map[string]int{}
	for _, class := range z.Classes {
		for _, t := range z.templates {
			prompt := strings.NewReplacer("{}", class, "{c}", class).Replace(t)
			if _, ok := seen[prompt]; !ok {
				seen[prompt] = len(z.Prompts)
				z.Prompts = append(z.Prompts, prompt)
			}
			z.at = append(z.at, seen[prompt])
		}
	}
}

// Class is the index of a picture's class.
func (z *zeroShot) Class(im datasets.Image) (int, error) {
	if im.Class > 0 && im.Class <= len(z.Classes) {
		return im.Class - 1, nil
	}
	at, ok := z.places[im.Labels[0]]
	if !ok {
		return 0, fmt.Errorf("the label %q of %s is not among the %d classes of the set", im.Labels[0], im.Name, len(z.Classes))
	}
	return at, nil
}

// IDs are the ids of the classes for ranking. Of two classes with equal similarity the first must win, as
// with numpy's argmax and in CLIP_benchmark. Ranks break ties by id, descending.
func (z *zeroShot) IDs() []string {
	out := make([]string, len(z.Classes))
	for i := range out {
		out[i] = fmt.Sprintf("%09d", len(out)-i)
	}
	return out
}

// Units are a variant's unit embeddings of the classes.
func (z *zeroShot) Units(v *variants.Variant) rank.Unit {
	e := z.Emb[v.TextKey]
	prompts := rank.Normalise(e.Data, e.N, e.Dim)
	out := rank.Unit{N: len(z.Classes), Dim: e.Dim, Data: make([]float64, len(z.Classes)*e.Dim)}
	n := len(z.templates)
	for c := range z.Classes {
		mean := out.Data[c*e.Dim : (c+1)*e.Dim]
		var norm float64
		for j := range mean {
			for t := range n {
				mean[j] += prompts.Data[z.at[c*n+t]*e.Dim+j] / float64(n)
			}
			norm += mean[j] * mean[j]
		}
		if norm = math.Sqrt(norm); norm > 0 {
			for j := range mean {
				mean[j] /= norm
			}
		}
	}
	return out
}
