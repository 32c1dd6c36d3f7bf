package score

import (
	"context"
	"iter"

	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/rank"
	"github.com/fastclip/fastclip/metrics/stats"
)

// The metrics of zero-shot classification, in direction i2t. The class of a picture is the one with the
// nearest embedding. A class's embedding is the mean of its unit embeddings in every template, normalised
// again (Radford et al. 2021, 3.1.4; open_clip's and CLIP_benchmark's zero_shot_classifier).
const (
	AccTop1       = "acc@1"                 // share of pictures
	AccTop5       = "acc@5"                 // for sets with more than 5 classes
	PerClassTop1  = "mean_per_class_recall" // acc@1 as a mean over the classes
	topClassesCut = 5
)

// classify scores every variant on the datasets that have templates.
func (r *scorer) classify(ctx context.Context) error {
	for i, s := range r.Sets {
		if s.Zero == nil || len(s.Good) == 0 {
			continue
		}
		c, err := classificationOf(s, r.Suite, i)
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
			if v == r.Reference {
				ref = values
			}
		}
	}
	return nil
}

// refFirst has the suite's variants with the reference in front.
func (r *scorer) refFirst() []*variants.Variant {
	out := []*variants.Variant{r.Reference}
	for _, v := range r.Variants {
		if v != r.Reference {
			out = append(out, v)
		}
	}
	return out
}

// classification is the search of pictures among the classes of their set.
type classification struct {
	set       *embed.Set
	ranker    *rank.Ranker
	truth     [][]int32 // by picture: its class
	weights   []float64 // weight of a picture in the mean over classes
	metrics   []string
	resampler *stats.Resampler
}

func classificationOf(s *embed.Set, chosen *suite.Suite, number int) (*classification, error) {
	c := &classification{set: s, truth: make([][]int32, len(s.Good)), weights: make([]float64, len(s.Good)), metrics: []string{AccTop1, PerClassTop1}}
	if len(s.Zero.Classes) > topClassesCut {
		c.metrics = append(c.metrics, AccTop5)
	}
	counts := make([]int, len(s.Zero.Classes))
	for i, im := range s.Good {
		at, err := s.Zero.Class(im)
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
		c.weights[i] = float64(len(s.Good)) / float64(with*counts[c.truth[i][0]])
	}
	var err error
	if c.ranker, err = rank.New(s.Zero.IDs(), []string{"R@1", "R@5"}); err != nil {
		return nil, err
	}
	// The classes are given and the pictures are the sample, so each picture is drawn on its own.
	c.resampler = stats.NewResampler(len(s.Good), chosen.Resamples, chosen.Seed+uint64(number)<<32)
	return c, nil
}

func (c *classification) run(ctx context.Context, v *variants.Variant) ([]rank.Outcome, error) {
	_, images := c.set.Units(v)
	out, _, err := rank.Search{A: images, B: c.set.Zero.Units(v), Relevant: func(q int) []int32 { return c.truth[q] }, ToB: c.ranker}.Run(ctx)
	return out, err
}

// values are by metric, then by picture. Their mean is the metric.
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

func (r *scorer) classRows(c *classification, v *variants.Variant, all []rank.Outcome, values, ref [][]float64) {
	low := c.by(all, func(o rank.Outcome) []float64 { return o.TieLow })
	high := c.by(all, func(o rank.Outcome) []float64 { return o.TieHigh })
	s := c.set
	if v == r.Reference {
		ref = nil
	}
	compared := c.resampler.CompareAll(ref, values)
	for m, metric := range c.metrics {
		row := store.Score{
			RunID: r.RunID, Dataset: s.Spec.Name, Arity: s.Info.Arity, Variant: v.Spec.Name, Direction: store.ImageToText, Metric: metric,
			NQueries: int64(len(values[m])),
		}
		row.Convention = pointer("nearest mean of the class' prompts (open_clip, CLIP_benchmark)")
		row.Value, _ = stats.MeanStd(values[m])
		row.CILow, row.CIHigh = max(0, compared[m].Low), min(1, compared[m].High) // weighted means of drawn pictures can leave the scale
		row.TieLow, _ = stats.MeanStd(low[m])
		row.TieHigh, _ = stats.MeanStd(high[m])
		if ref != nil {
			diffs := differences(ref[m], values[m])
			against(&row, tested{compared[m], stats.SignFlip(diffs, nil)}, diffs)
		}
		r.Scores = append(r.Scores, row)
		r.Queries = append(r.Queries, r.classQueries(s, v, metric, all, values[m]))
	}
}

func (r *scorer) classQueries(s *embed.Set, v *variants.Variant, metric string, all []rank.Outcome, values []float64) iter.Seq[store.Query] {
	return func(yield func(store.Query) bool) {
		var ids []string // room for the next rows
		for i, o := range all {
			if !yield(store.Query{
				RunID: r.RunID, Dataset: s.Spec.Name, Variant: v.Spec.Name, Direction: store.ImageToText, QueryID: s.Good[i].ID, Metric: metric,
				Value: values[i], Rank: int64(o.Rank), Margin: o.Margin, NRelevant: 1, TopIDs: named(s.Zero.Classes, o.Top, &ids), TopHits: o.TopHits, Group: int64(i),
			}) {
				return
			}
		}
	}
}
