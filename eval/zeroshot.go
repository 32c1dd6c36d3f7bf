package eval

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/rank"
	"github.com/fastclip/fastclip/metrics/stats"
)

// The metrics of zero-shot classification, in direction i2t: a picture's class is that whose
// embedding is nearest, the mean of the unit embeddings of the class in every template, made a unit
// again (Radford et al. 2021, 3.1.4; open_clip's and CLIP_benchmark's zero_shot_classifier).
const (
	AccTop1       = "acc@1"                 // share of pictures
	AccTop5       = "acc@5"                 // of sets of more than 5 classes
	PerClassTop1  = "mean_per_class_recall" // acc@1 as a mean over the classes
	topClassesCut = 5
)

// maxPrompts bounds classes times templates: a mistaken label column must not cost hours.
const maxPrompts = 1_000_000

// zeroShot is what a dataset's pictures are classified as: each class of the set's list, whether some
// picture shows it or not.
type zeroShot struct {
	classes   []string // names, of which two may be the same
	templates []string
	prompts   []string       // each once
	at        []int          // of a class in a template, class by class: its prompt
	places    map[string]int // of the names of a set without a list
	emb       map[string]encoders.Embeddings
}

// planZeroShot is nil for a dataset without templates. The pictures are all of the set.
func planZeroShot(spec suite.DatasetSpec, info datasets.Info, images []datasets.Image) (*zeroShot, error) {
	if len(spec.Templates) == 0 {
		return nil, nil
	}
	if info.Unnamed > 0 {
		return nil, fmt.Errorf("templates ask for zero-shot classification, and the classes have no names: they are numbers (of %d pictures): give their names by `classes: FILE`, a line each, or as classnames.txt beside the shards", info.Unnamed)
	}
	z := &zeroShot{templates: spec.Templates, classes: info.Classes, emb: map[string]encoders.Embeddings{}}
	labels := map[string]bool{}
	for _, im := range images {
		if len(im.Labels) != 1 {
			return nil, fmt.Errorf("templates ask for zero-shot classification, which wants one label a picture: %s has %d", im.Name, len(im.Labels))
		}
		labels[im.Labels[0]] = true
	}
	if z.classes == nil {
		z.classes = slices.Sorted(maps.Keys(labels))
	}
	if n := len(z.classes); n < 2 || n*len(z.templates) > maxPrompts {
		return nil, fmt.Errorf("zero-shot classification of %d classes in %d templates: want at least 2 and at most %d of both together", n, len(z.templates), maxPrompts)
	}
	z.places = map[string]int{}
	for i, class := range z.classes {
		if _, twice := z.places[class]; !twice {
			z.places[class] = i
		}
	}
	for _, im := range images {
		if _, err := z.class(im); err != nil {
			return nil, err
		}
	}
	z.ask()
	return z, nil
}

// ask makes the prompts; equal ones are embedded once, so that classes of one name tie to the bit.
func (z *zeroShot) ask() {
	seen := map[string]int{}
	for _, class := range z.classes {
		for _, t := range z.templates {
			prompt := strings.NewReplacer("{}", class, "{c}", class).Replace(t)
			if _, ok := seen[prompt]; !ok {
				seen[prompt] = len(z.prompts)
				z.prompts = append(z.prompts, prompt)
			}
			z.at = append(z.at, seen[prompt])
		}
	}
}

// class is a picture's place among the classes.
func (z *zeroShot) class(im datasets.Image) (int, error) {
	if im.Class > 0 && im.Class <= len(z.classes) {
		return im.Class - 1, nil
	}
	at, ok := z.places[im.Labels[0]]
	if !ok {
		return 0, fmt.Errorf("the label %q of %s is not among the %d classes of the set", im.Labels[0], im.Name, len(z.classes))
	}
	return at, nil
}

// ids are the classes' for a ranking that puts the first of two that tie in front, as numpy's argmax
// and CLIP_benchmark do: ranks break ties by id, descending.
func (z *zeroShot) ids() []string {
	out := make([]string, len(z.classes))
	for i := range out {
		out[i] = fmt.Sprintf("%09d", len(out)-i)
	}
	return out
}

// units are the classes' embeddings by a variant.
func (z *zeroShot) units(v *variants.Variant) rank.Unit {
	e := z.emb[v.TextKey]
	prompts := rank.Normalise(e.Data, e.N, e.Dim)
	out := rank.Unit{N: len(z.classes), Dim: e.Dim, Data: make([]float64, len(z.classes)*e.Dim)}
	n := len(z.templates)
	for c := range z.classes {
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

// classify scores every variant on the datasets that have templates.
func (r *run) classify(ctx context.Context) error {
	for i, s := range r.sets {
		if s.zero == nil || len(s.good) == 0 {
			continue
		}
		c, err := s.classification(r.suite, i)
		if err != nil {
			return err
		}
		var ref [][]float64
		for _, v := range r.refFirst() {
			if !v.OK() || v.Info.ImageOnly {
				continue
			}
			all, err := c.run(ctx, v)
			if err != nil {
				return err
			}
			values := c.values(all)
			r.classRows(c, v, all, values, ref)
			if v == r.ref {
				ref = values
			}
		}
	}
	return nil
}

// refFirst is the suite's variants with the reference in front.
func (r *run) refFirst() []*variants.Variant {
	out := []*variants.Variant{r.ref}
	for _, v := range r.variants {
		if v != r.ref {
			out = append(out, v)
		}
	}
	return out
}

// classification is the search of pictures among the classes of their set.
type classification struct {
	set       *set
	ranker    *rank.Ranker
	truth     [][]int32 // by picture: its class
	weights   []float64 // of a picture in the mean over classes
	metrics   []string
	resampler *stats.Resampler
}

func (s *set) classification(suite *suite.Suite, number int) (*classification, error) {
	c := &classification{set: s, truth: make([][]int32, len(s.good)), weights: make([]float64, len(s.good)), metrics: []string{AccTop1, PerClassTop1}}
	if len(s.zero.classes) > topClassesCut {
		c.metrics = append(c.metrics, AccTop5)
	}
	counts := make([]int, len(s.zero.classes))
	for i, im := range s.good {
		at, err := s.zero.class(im)
		if err != nil {
			return nil, err
		}
		c.truth[i] = []int32{int32(at)}
		counts[at]++
	}
	with := 0
	for _, n := range counts {
		if n > 0 {
			with++
		}
	}
	for i := range c.weights {
		c.weights[i] = float64(len(s.good)) / float64(with*counts[c.truth[i][0]])
	}
	var err error
	if c.ranker, err = rank.New(s.zero.ids(), []string{"R@1", "R@5"}); err != nil {
		return nil, err
	}
	// The classes are given and the pictures are the sample: each is drawn by itself.
	c.resampler = stats.NewResampler(len(s.good), suite.Resamples, suite.Seed+uint64(number)<<32)
	return c, nil
}

func (c *classification) run(ctx context.Context, v *variants.Variant) ([]rank.Outcome, error) {
	_, images := c.set.units(v)
	out, _, err := rank.Search{A: images, B: c.set.zero.units(v), Relevant: func(q int) []int32 { return c.truth[q] }, ToB: c.ranker}.Run(ctx)
	return out, err
}

// values are by metric, then by picture; their mean is the metric.
func (c *classification) values(all []rank.Outcome) [][]float64 {
	return c.by(all, func(o rank.Outcome) []float64 { return o.Values })
}

func (c *classification) by(all []rank.Outcome, of func(rank.Outcome) []float64) [][]float64 {
	out := make([][]float64, len(c.metrics))
	for m, metric := range c.metrics {
		for i, o := range all {
			switch v := of(o); metric {
			case AccTop1:
				out[m] = append(out[m], v[0])
			case PerClassTop1:
				out[m] = append(out[m], v[0]*c.weights[i])
			case AccTop5:
				out[m] = append(out[m], v[1])
			}
		}
	}
	return out
}

func (r *run) classRows(c *classification, v *variants.Variant, all []rank.Outcome, values, ref [][]float64) {
	low := c.by(all, func(o rank.Outcome) []float64 { return o.TieLow })
	high := c.by(all, func(o rank.Outcome) []float64 { return o.TieHigh })
	s := c.set
	if v == r.ref {
		ref = nil
	}
	compared := c.resampler.CompareAll(ref, values)
	for m, metric := range c.metrics {
		row := store.Score{
			RunID: r.id, Dataset: s.spec.Name, Arity: s.info.Arity, Variant: v.Spec.Name, Direction: store.ImageToText, Metric: metric,
			NQueries: int64(len(values[m])),
		}
		row.Convention = pointer("nearest mean of the class' prompts (open_clip, CLIP_benchmark)")
		row.Value, _ = stats.MeanStd(values[m])
		row.CILow, row.CIHigh = compared[m].Low, compared[m].High
		row.TieLow, _ = stats.MeanStd(low[m])
		row.TieHigh, _ = stats.MeanStd(high[m])
		if ref != nil {
			diffs := differences(ref[m], values[m])
			against(&row, tested{compared[m], stats.SignFlip(diffs, nil)}, diffs)
		}
		r.rows.Scores = append(r.rows.Scores, row)
		r.queries = append(r.queries, r.classQueries(s, v, metric, all, values[m]))
	}
}

func (r *run) classQueries(s *set, v *variants.Variant, metric string, all []rank.Outcome, values []float64) iter.Seq[store.Query] {
	return func(yield func(store.Query) bool) {
		for i, o := range all {
			if !yield(store.Query{
				RunID: r.id, Dataset: s.spec.Name, Variant: v.Spec.Name, Direction: store.ImageToText, QueryID: s.good[i].ID, Metric: metric,
				Value: values[i], Rank: int64(o.Rank), Margin: o.Margin, NRelevant: 1, TopIDs: named(s.zero.classes, o.Top), TopHits: o.TopHits, Group: int64(i),
			}) {
				return
			}
		}
	}
}
