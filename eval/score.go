package eval

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/rank"
	"github.com/fastclip/fastclip/metrics/stats"
)

// search is one direction over one dataset: the same for every variant.
type search struct {
	direction string
	queries   []string               // ids
	items     []string               // ids
	relevant  [][]int32              // by query: items, ascending
	group     func(query int) string // queries of one group share what they search for
	self      bool                   // the query is among the items and is left out
	ranker    *rank.Ranker
	counted   []int // queries with something to find
	groups    []int // of the counted queries
	resampler *stats.Resampler
	sample    string // what the resampler's samples hang on besides the groups
	depth     int    // of TREC files
}

// found is what a variant's embeddings found in one direction: an outcome for each counted query.
type found struct {
	search   *search
	outcomes []rank.Outcome
	certain  map[string][]drift.Verdict // by metric: of R@K against the reference, by outcome
}

// searches prepares the three directions of a dataset. A direction in which no query has
// anything relevant is left out.
func (s *set) searches(metrics []string, resamples int, seed uint64) ([]*search, error) {
	images, texts := make([]string, len(s.good)), make([]string, len(s.texts))
	sets := make([]string, len(s.good))
	for i, im := range s.good {
		images[i], sets[i] = im.ID, labelSet(im.Labels)
	}
	for i, t := range s.texts {
		texts[i] = t.ID
	}
	imageGroup := func(q int) string { return sets[q] }
	textGroup := func(q int) string {
		return labelSet(s.texts[q].Labels) + "\x01" + strings.Join(s.texts[q].Images, "\x00")
	}
	answers := datasets.AnswersOf(s.texts, s.good)
	all := []*search{
		{direction: store.TextToImage, queries: texts, items: images, group: textGroup, relevant: answers},
		{direction: store.ImageToText, queries: images, items: texts, group: imageGroup, relevant: datasets.Inverse(answers, len(images))},
		{direction: store.ImageToImage, queries: images, items: images, group: imageGroup, self: true, relevant: datasets.Companions(sets)},
	}
	var kept []*search
	for _, d := range all {
		for q, list := range d.relevant {
			if len(list) > 1 || len(list) == 1 && !d.self {
				d.counted = append(d.counted, q)
			}
		}
		if len(d.counted) == 0 {
			continue
		}
		var err error
		if d.ranker, err = rank.New(d.items, metrics); err != nil {
			return nil, err
		}
		d.groups, d.sample = d.clusters(), fmt.Sprint(resamples, " ", seed)
		for _, other := range kept { // captions and their pictures have the same groups
			if d.resampler == nil {
				d.resampler = other.resampler.Regrouped(d.groups)
			}
		}
		if d.resampler == nil {
			d.resampler = stats.NewClusterResampler(d.groups, resamples, seed)
		}
		kept = append(kept, d)
	}
	return kept, nil
}

// clusters numbers the groups of the counted queries. One without labels is its own.
func (d *search) clusters() []int {
	seen, out := map[string]int{}, make([]int, len(d.counted))
	for i, q := range d.counted {
		g := d.group(q)
		if g == "" {
			g = "\x02" + d.queries[q]
		}
		if _, ok := seen[g]; !ok {
			seen[g] = len(seen)
		}
		out[i] = seen[g]
	}
	return out
}

// labelSet is the same for two pictures with the same labels.
func labelSet(labels []string) string {
	sorted := slices.Sorted(slices.Values(labels))
	return strings.Join(slices.Compact(sorted), "\x00")
}

// run is a search one way.
func (d *search) run(ctx context.Context, queries, items rank.Unit) (found, error) {
	all, _, err := rank.Search{A: queries, B: items, Relevant: d.answers, ToB: d.ranker, Self: d.self}.Run(ctx)
	if err != nil {
		return found{}, err
	}
	return d.found(all), nil
}

// found keeps the outcomes of the counted queries.
func (d *search) found(all []rank.Outcome) found {
	out := found{search: d, outcomes: make([]rank.Outcome, len(d.counted)), certain: map[string][]drift.Verdict{}}
	for i, q := range d.counted {
		out.outcomes[i] = all[q]
	}
	return out
}

func (d *search) answers(q int) []int32 { return d.relevant[q] }

// score searches every dataset with every variant, in float64 from the raw embeddings.
func (r *run) score(ctx context.Context) error {
	r.progress.Phase("scoring", len(r.sets)*len(r.variants))
	for i, s := range r.sets {
		if len(s.good) == 0 {
			continue
		}
		// Each dataset draws its own samples, so that they can be pooled.
		all, err := s.searches(r.suite.Metrics, r.suite.Resamples, r.suite.Seed+uint64(i)<<32)
		if err != nil {
			return err
		}
		r.fingerprint(s)
		results := make([][]found, len(r.variants))
		for i, v := range r.variants {
			if !v.OK() {
				continue
			}
			if results[i], err = r.searched(ctx, s, v, all); err != nil {
				return err
			}
			r.progress.Add(1)
		}
		for i, v := range r.variants {
			if v.OK() {
				if err := r.scoreRows(s, v, results[i], results[slices.Index(r.variants, r.ref)]); err != nil {
					return err
				}
			}
			s.found = append(s.found, results[i])
		}
	}
	r.pool()
	return nil
}

// search runs the directions; texts and pictures search each other in one go.
func (s *set) search(ctx context.Context, v *variants.Variant, all []*search) ([]found, error) {
	texts, images := s.units(v)
	by := map[string]*search{}
	for _, d := range all {
		by[d.direction] = d
	}
	var out []found
	if d, back := by[store.TextToImage], by[store.ImageToText]; d != nil { // one is there with the other
		toImages, toTexts, err := rank.Search{A: texts, B: images, Relevant: d.answers, ToB: d.ranker, ToA: back.ranker}.Run(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, d.found(toImages), back.found(toTexts))
	}
	if d := by[store.ImageToImage]; d != nil {
		same, err := d.run(ctx, images, images)
		if err != nil {
			return nil, err
		}
		out = append(out, same)
	}
	return out, nil
}
