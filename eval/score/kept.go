package score

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/metrics/rank"
	"github.com/fastclip/fastclip/metrics/stats"
)

// searched is search, or what an earlier run found with the same embeddings.
func (r *scorer) searched(ctx context.Context, s *embed.Set, v *variants.Variant, all []*search) (out []Found, err error) {
	all = own(all, v)
	take := func(data []byte) (err error) {
		out, err = unpackFound(data, all)
		return err
	}
	key, ok := r.Kept.Find(take, r.outcomesOf(s, v, all)...)
	if ok {
		return out, nil
	}
	if r.ranged(s, v, all) {
		return r.byRanges(ctx, s, v, all)
	}
	if out, err = Find(ctx, s, v, all); err != nil {
		return nil, err
	}
	r.Kept.Put(key, packFound(out))
	return out, nil
}

// outcomesOf names what the outcomes of all directions depend on.
func (r *scorer) outcomesOf(s *embed.Set, v *variants.Variant, all []*search) []string {
	parts := append(s.Contents(v), "outcomes 2", strings.Join(r.Suite.Metrics, ","))
	for _, d := range all {
		if d.of > 0 {
			parts = append(parts, d.Direction, d.Drawn)
		}
	}
	return parts
}

func packFound(all []Found) []byte {
	var p cache.Packer
	for _, f := range all {
		p.Grow(len(f.Outcomes) * (8*(f.Search.ranker.Metrics()+1+len(rank.MarginCuts)) + 48)) // about
		p.Int(len(f.Outcomes))
		for _, o := range f.Outcomes { // unpacked by unpackOutcomes
			p.Float(o.Values...)
			ties := !slices.Equal(o.TieLow, o.TieHigh)
			p.Flag(ties)
			if ties {
				p.Float(o.TieLow...)
				p.Float(o.TieHigh...)
			}
			p.Float(o.Margin)
			p.Float(o.MarginAt[:]...)
			p.Int(o.Rank, o.Relevant, len(o.Top))
			p.Int(o.Top...)
			for _, hit := range o.TopHits {
				p.Flag(hit)
			}
		}
	}
	return p.Bytes()
}

// unpackFound reads what packFound packed for these searches.
func unpackFound(data []byte, all []*search) ([]Found, error) {
	u := cache.Unpacker{Data: data}
	var out []Found
	for _, d := range all {
		f := Found{Search: d, Outcomes: make([]rank.Outcome, len(d.Counted)), Certain: map[string]drift.Budget{}}
		if err := unpackOutcomes(&u, d, f.Outcomes); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, u.End()
}

// unpackOutcomes fills into with outcomes.
func unpackOutcomes(u *cache.Unpacker, d *search, into []rank.Outcome) error {
	if u.Int() != len(into) {
		return fmt.Errorf("the stored outcomes are not those of %d queries", len(into))
	}
	for i := range into {
		if err := unpackOutcome(u, &into[i], d.ranker.Metrics(), len(d.items)); err != nil {
			return err
		}
	}
	return nil
}

// unpackOutcome reads an outcome with a number of metrics.
func unpackOutcome(u *cache.Unpacker, o *rank.Outcome, metrics, items int) error {
	o.Values = make([]float64, metrics)
	u.Floats(o.Values)
	o.TieLow, o.TieHigh = o.Values, o.Values
	if u.Int() == 1 {
		o.TieLow, o.TieHigh = make([]float64, metrics), make([]float64, metrics)
		u.Floats(o.TieLow)
		u.Floats(o.TieHigh)
	}
	u.Float(&o.Margin)
	u.Floats(o.MarginAt[:])
	o.Rank, o.Relevant = u.Int(), u.Int()
	n := u.Int()
	if u.Bad || n < 0 || n > items {
		return fmt.Errorf("a stored outcome lists %d of %d items", n, items)
	}
	o.Top, o.TopHits = make([]int, n), make([]bool, n)
	for k := range o.Top {
		o.Top[k] = u.Int()
		u.Bad = u.Bad || o.Top[k] < 0 || o.Top[k] >= items
	}
	for k := range o.TopHits {
		o.TopHits[k] = u.Int() == 1
	}
	return nil
}

// tested is what the bootstrap samples and the randomisation test say about a metric.
type tested struct {
	stats.Comparison
	sign float64 // p value of the randomisation test, for comparisons only
}

// testedAgainst compares what a variant found with base, by metric, or takes the comparison from an
// earlier run. base is what the reference found, and nil without one.
func (r *scorer) testedAgainst(s *embed.Set, v *variants.Variant, f Found, base, values [][]float64) (out []tested, err error) {
	parts := append(s.Contents(v), "comparisons 1", f.Search.Direction, f.Search.sample+f.Search.Drawn, strings.Join(r.Suite.Metrics, ","))
	if base != nil {
		parts = append(parts, s.Contents(r.Reference)...)
	}
	take := func(data []byte) error {
		u := cache.Unpacker{Data: data}
		out = make([]tested, len(values))
		for i := range out {
			t := &out[i]
			u.Float(&t.Low, &t.High, &t.Delta, &t.DeltaLow, &t.DeltaHigh, &t.P, &t.sign)
		}
		return u.End()
	}
	key, ok := r.Kept.Find(take, parts...)
	if ok {
		return out, nil
	}
	out = f.Search.test(base, values)
	var p cache.Packer
	for _, t := range out {
		p.Float(t.Low, t.High, t.Delta, t.DeltaLow, t.DeltaHigh, t.P, t.sign)
	}
	r.Kept.Put(key, p.Bytes())
	return out, nil
}

func (d *search) test(base, values [][]float64) []tested {
	out := make([]tested, len(values))
	for m, c := range d.resampler.CompareAll(base, values) {
		if out[m].Comparison = c; base != nil {
			out[m].sign = stats.SignFlip(differences(base[m], values[m]), d.groups)
		}
	}
	return out
}
