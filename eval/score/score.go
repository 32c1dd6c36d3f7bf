// Package score searches embeddings and turns the results into rows: metrics with their intervals.
package score

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/rank"
	"github.com/fastclip/fastclip/metrics/stats"
)

// search is one direction on one dataset. It is the same for every variant.
type search struct {
	Direction string
	queries   []string               // ids
	items     []string               // ids
	Relevant  [][]int32              // by query: items, ascending
	group     func(query int) string // queries of one group share what they search for
	Self      bool                   // the query is among the items, and is left out
	ranker    *rank.Ranker
	Counted   []int  // queries with something to find, or those of them that were drawn
	of        int    // number of queries from which Counted was drawn; 0 when it has all of them
	Drawn     string // identifies the drawn queries; "" when Counted has all
	groups    []int  // of the counted queries
	resampler *stats.Resampler
	sample    string // what the resampler's samples depend on besides the groups
	depth     int    // for TREC files
}

// Found is what a variant's embeddings found in one direction. It has an outcome for each counted query.
type Found struct {
	Search   *search
	Outcomes []rank.Outcome
	Certain  map[string]drift.Budget // by metric: budgets of R@K against the reference, by outcome
}

// Searches prepares the three directions of a dataset. It leaves out a direction in which no query has
// anything relevant.
//
// seed is that of the bootstrap samples.
func Searches(s *embed.Set, of *suite.Suite, seed uint64) ([]*search, error) {
	all, err := directions(s, of)
	for i, d := range all {
		d.groups, d.sample = d.clusters(), fmt.Sprint(of.Resamples, " ", seed)
		for _, other := range all[:i] { // captions and their pictures have the same groups
			if d.resampler == nil {
				d.resampler = other.resampler.Regrouped(d.groups)
			}
		}
		if d.resampler == nil {
			d.resampler = stats.NewClusterResampler(d.groups, of.Resamples, seed)
		}
	}
	return all, err
}

// directions are the searches without their bootstrap samples.
func directions(s *embed.Set, of *suite.Suite) ([]*search, error) {
	images, texts := make([]string, len(s.Good)), make([]string, len(s.Texts))
	sets := make([]string, len(s.Good))
	for i, im := range s.Good {
		images[i], sets[i] = im.ID, store.LabelSet(im.Labels)
	}
	for i, t := range s.Texts {
		texts[i] = t.ID
	}
	imageGroup := func(q int) string { return sets[q] }
	textGroup := func(q int) string {
		return store.LabelSet(s.Texts[q].Labels) + "\x01" + strings.Join(s.Texts[q].Images, "\x00")
	}
	answers := datasets.AnswersOf(s.Texts, s.Good)
	all := []*search{
		{Direction: store.TextToImage, queries: texts, items: images, group: textGroup, Relevant: answers},
		{Direction: store.ImageToText, queries: images, items: texts, group: imageGroup, Relevant: datasets.Inverse(answers, len(images))},
		{Direction: store.ImageToImage, queries: images, items: images, group: imageGroup, Self: true, Relevant: datasets.Companions(sets)},
	}
	var kept []*search
	for _, d := range all {
		for q, list := range d.Relevant {
			if len(list) > 1 || len(list) == 1 && !d.Self {
				d.Counted = append(d.Counted, q)
			}
		}
		if len(d.Counted) == 0 {
			continue
		}
		d.draw(s.Spec.Name, of)
		var err error
		if d.ranker, err = rank.New(d.items, of.Metrics); err != nil {
			return nil, err
		}
		kept = append(kept, d)
	}
	return kept, nil
}

// clusters numbers the groups of the counted queries. A query without labels is a group of its own.
func (d *search) clusters() []int {
	seen, out := map[string]int{}, make([]int, len(d.Counted))
	for i, q := range d.Counted {
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

// run searches in one direction.
func (d *search) run(ctx context.Context, queries, items rank.Unit) (Found, error) {
	all, _, err := rank.Search{A: queries, B: items, Relevant: d.answers, ToB: d.ranker, Self: d.Self}.Run(ctx)
	if err != nil {
		return Found{}, err
	}
	return d.found(all), nil
}

// found keeps only the outcomes of the counted queries.
func (d *search) found(all []rank.Outcome) Found {
	out := Found{Search: d, Outcomes: make([]rank.Outcome, len(d.Counted)), Certain: map[string]drift.Budget{}}
	for i, q := range d.Counted {
		out.Outcomes[i] = all[q]
	}
	return out
}

func (d *search) answers(q int) []int32 { return d.Relevant[q] }

// score searches every dataset with every variant, in float64 from the raw embeddings.
func (r *scorer) score(ctx context.Context) error {
	r.Found = map[*embed.Set][][]Found{}
	r.Progress.Phase("scoring", len(r.Sets)*len(r.Variants))
	for i, s := range r.Sets {
		if len(s.Good) == 0 {
			continue
		}
		// Each dataset draws its own samples, so that they can be pooled.
		all, err := Searches(s, r.Suite, r.Suite.Seed+uint64(i)<<32)
		if err != nil {
			return err
		}
		if r.Kept.Cache != nil {
			s.Fingerprint(r.Variants)
		}
		results := make([][]Found, len(r.Variants))
		for i, v := range r.Variants {
			if !v.OK() {
				continue
			}
			r.Progress.On(v.Spec.Name)
			if results[i], err = r.searched(ctx, s, v, all); err != nil {
				return err
			}
			s.Rest()
			r.Progress.Add(1)
		}
		for i, v := range r.Variants {
			if v.OK() {
				if err := r.scoreRows(s, v, results[i], results[slices.Index(r.Variants, r.Reference)]); err != nil {
					return err
				}
			}
		}
		r.Found[s] = results
	}
	r.pool()
	return nil
}

// Find searches in all directions. Texts and pictures search each other in one pass.
func Find(ctx context.Context, s *embed.Set, v *variants.Variant, all []*search) ([]Found, error) {
	texts, images := s.Units(v)
	by := map[string]*search{}
	for _, d := range all {
		by[d.Direction] = d
	}
	var out []Found
	if d, back := by[store.TextToImage], by[store.ImageToText]; d != nil { // one comes with the other
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
