package score

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/rank"
)

// Range is some of the queries of a direction. They are all searched against the whole gallery.
type Range struct {
	Direction string
	From, To  int // places among the queries with something to find, or among the drawn ones
}

// rangeRows is the number of queries in a range. It is a multiple of the 96 rows in which products are
// computed.
const rangeRows = 84 * rank.ProductRows

// Ranges splits the queries of a variant's searches in a dataset into ranges.
func Ranges(s *embed.Set, of *suite.Suite, v *variants.Variant) (out []Range, err error) {
	all, err := directions(s, of)
	for _, d := range own(all, v) {
		out = append(out, d.ranges()...)
	}
	return out, err
}

func (d *search) ranges() (out []Range) {
	for from := 0; from < len(d.Counted); from += rangeRows {
		out = append(out, Range{d.Direction, from, min(from+rangeRows, len(d.Counted))})
	}
	return out
}

// own has the searches that a variant can make.
func own(all []*search, v *variants.Variant) []*search {
	if !v.Info.ImageOnly {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(d *search) bool { return d.Direction != store.ImageToImage })
}

// inMemory is the size of both towers in float64, in bytes, up to which they search each other in one go.
const inMemory = 1 << 30

// ranged tells whether a variant's queries are searched in ranges. The outcomes are the same either way. Drawn
// queries always are.
func (r *scorer) ranged(s *embed.Set, v *variants.Variant, all []*search) bool {
	if slices.ContainsFunc(all, func(d *search) bool { return d.of > 0 }) {
		return true
	}
	n, m := s.ImageEmb[v.ImageKey], s.TextEmb[v.TextKey]
	return r.Spread > 0 && Pairs(s) >= r.Spread || 8*(n.N*n.Dim+m.N*m.Dim) > inMemory
}

// Pairs is the number of similarities in a dataset's largest search.
func Pairs(s *embed.Set) int { return len(s.Good) * max(len(s.Good), len(s.Texts)) }

// byRanges searches the ranges that have no result yet, from here or elsewhere.
func (r *scorer) byRanges(ctx context.Context, s *embed.Set, v *variants.Variant, all []*search) (out []Found, err error) {
	texts, images := s.Raws(v)
	for _, d := range all {
		f := Found{Search: d, Outcomes: make([]rank.Outcome, len(d.Counted)), Certain: map[string]drift.Budget{}}
		for _, g := range d.ranges() {
			err := r.ofRange(ctx, s.Contents(v), d, g, texts, images, f.Outcomes[g.From:g.To])
			if err != nil {
				return nil, err
			}
			r.Progress.Alive()
		}
		out = append(out, f)
	}
	return out, nil
}

// ofRange fills in the outcomes of a range.
func (r *scorer) ofRange(ctx context.Context, contents []string, d *search, g Range, texts, images rank.Raw, into []rank.Outcome) error {
	take := func(data []byte) error {
		u := cache.Unpacker{Data: data}
		if err := unpackOutcomes(&u, d, into); err != nil {
			return err
		}
		return u.End()
	}
	key, ok := r.Kept.Find(take, slices.Concat(contents, []string{"outcomes of a range 2", strings.Join(r.Suite.Metrics, ","), d.Direction, d.Drawn, fmt.Sprint(g.From, " ", g.To)})...)
	if ok {
		return nil
	}
	rows := d.Counted[g.From:g.To]
	p := rank.Part{Queries: texts, Items: images, Ranker: d.ranker, Relevant: func(q int) []int32 { return d.Relevant[rows[q]] }}
	switch d.Direction {
	case store.ImageToText:
		p.Queries, p.Items = images, texts
	case store.ImageToImage:
		p.Queries = images
		for _, q := range rows {
			p.Own = append(p.Own, int32(q))
		}
	}
	n, _ := p.Queries.Shape()
	if m, _ := p.Items.Shape(); n != len(d.queries) || m != len(d.items) {
		return fmt.Errorf("embeddings of %d queries and %d items, want %d and %d", n, m, len(d.queries), len(d.items))
	}
	p.Queries = p.Queries.Pick(rows)
	all, err := p.Run(ctx)
	if err != nil {
		return err
	}
	copy(into, all)
	r.Kept.Put(key, packFound([]Found{{Search: d, Outcomes: into}}))
	return nil
}

// Ranger searches ranges of a dataset's queries. What all ranges need is worked out once: for a million pictures, that takes longer than a range.
type Ranger struct {
	scorer
	all []*search
}

// NewRanger prepares the searches of a dataset.
func NewRanger(in Input, s *embed.Set) (*Ranger, error) {
	all, err := directions(s, in.Suite)
	return &Ranger{scorer{Input: in}, all}, err
}

// Search searches a range and keeps the result. contents are the Contents of the set and of the variant
// whose embeddings texts and images are.
func (r *Ranger) Search(ctx context.Context, contents []string, g Range, texts, images rank.Raw) error {
	at := slices.IndexFunc(r.all, func(d *search) bool { return d.Direction == g.Direction })
	if at < 0 || g.From >= g.To || g.To > len(r.all[at].Counted) {
		return fmt.Errorf("no queries %d to %d of the direction %s", g.From, g.To, g.Direction)
	}
	return r.ofRange(ctx, contents, r.all[at], g, texts, images, make([]rank.Outcome, g.To-g.From))
}
