package eval

import (
	"context"
	"fmt"
	"iter"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/eval/rank"
	"github.com/fastclip/fastclip/eval/stats"
	"github.com/fastclip/fastclip/internal/store"
)

// Directions of retrieval; the values of the direction column.
const (
	TextToImage  = "t2i"
	ImageToText  = "i2t"
	ImageToImage = "i2i"
)

// MetricNames are the metrics that a suite may ask for.
func MetricNames() []string { return rank.Names() }

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
	certain  map[string][]verdict // by metric: of R@K against the reference, by outcome
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
	answers := answersOf(s.texts, s.good)
	all := []*search{
		{direction: TextToImage, queries: texts, items: images, group: textGroup, relevant: answers},
		{direction: ImageToText, queries: images, items: texts, group: imageGroup, relevant: inverse(answers, len(images))},
		{direction: ImageToImage, queries: images, items: images, group: imageGroup, self: true, relevant: companions(sets)},
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
	out := found{search: d, outcomes: make([]rank.Outcome, len(d.counted)), certain: map[string][]verdict{}}
	for i, q := range d.counted {
		out.outcomes[i] = all[q]
	}
	return out
}

func (d *search) answers(q int) []int32 { return d.relevant[q] }

// values are a metric's values by query; of selects the plain, the worst or the best ones.
func (f found) values(metric int, of func(rank.Outcome) []float64) []float64 {
	out := make([]float64, len(f.outcomes))
	for i, o := range f.outcomes {
		out[i] = of(o)[metric]
	}
	return out
}

// score searches every dataset with every variant, in float64 from the raw embeddings.
func (r *run) score(ctx context.Context) error {
	r.progress.phase("scoring", len(r.sets)*len(r.variants))
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
			if !v.ok() {
				continue
			}
			if results[i], err = r.searched(ctx, s, v, all); err != nil {
				return err
			}
			r.progress.add(1)
		}
		for i, v := range r.variants {
			if v.ok() {
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
func (s *set) search(ctx context.Context, v *variant, all []*search) ([]found, error) {
	texts, images := s.units(v)
	by := map[string]*search{}
	for _, d := range all {
		by[d.direction] = d
	}
	var out []found
	if d, back := by[TextToImage], by[ImageToText]; d != nil { // one is there with the other
		toImages, toTexts, err := rank.Search{A: texts, B: images, Relevant: d.answers, ToB: d.ranker, ToA: back.ranker}.Run(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, d.found(toImages), back.found(toTexts))
	}
	if d := by[ImageToImage]; d != nil {
		same, err := d.run(ctx, images, images)
		if err != nil {
			return nil, err
		}
		out = append(out, same)
	}
	return out, nil
}

func (r *run) scoreRows(s *set, v *variant, own, ref []found) error {
	n := len(r.suite.Metrics)
	rows := make([]store.Score, len(own)*n)
	g := errgroup.Group{}
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range own {
		g.Go(func() error {
			var base [][]float64
			if v != r.ref && ref != nil {
				base = ref[i].allValues()
			}
			values := f.allValues()
			compared, err := r.compared(s, v, f, base, values)
			if err != nil {
				return err
			}
			for m := range n {
				row := r.scoreRow(s, v, f, m, values[m], compared[m].Comparison)
				if base != nil {
					against(&row, compared[m], differences(base[m], values[m]))
				}
				rows[i*n+m] = row
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	r.rows.Scores = append(r.rows.Scores, rows...)
	for _, f := range own {
		for m := range n {
			r.queries = append(r.queries, r.queryRows(s, v, f, m))
		}
	}
	return nil
}

// allValues are those of every metric of the suite.
func (f found) allValues() [][]float64 {
	out := make([][]float64, f.search.ranker.Metrics())
	for m := range out {
		out[m] = f.values(m, func(o rank.Outcome) []float64 { return o.Values })
	}
	return out
}

// scoreRow is a metric in one direction.
func (r *run) scoreRow(s *set, v *variant, f found, m int, values []float64, c stats.Comparison) store.Score {
	metric := r.suite.Metrics[m]
	row := store.Score{
		RunID: r.id, Dataset: s.spec.Name, Arity: s.info.Arity, Variant: v.spec.Name, Direction: f.search.direction, Metric: metric,
		NQueries: int64(len(values)), Convention: pointer(rank.Convention(metric)), CILow: c.Low, CIHigh: c.High,
	}
	row.Value, _ = stats.MeanStd(values)
	row.TieLow, _ = stats.MeanStd(f.values(m, func(o rank.Outcome) []float64 { return o.TieLow }))
	row.TieHigh, _ = stats.MeanStd(f.values(m, func(o rank.Outcome) []float64 { return o.TieHigh }))
	return row
}

// against fills in a score's columns against the reference's values of the same queries.
func against(row *store.Score, t tested, diffs []float64) {
	row.Delta, row.DeltaLow, row.DeltaHigh, row.PValue = &t.Delta, &t.DeltaLow, &t.DeltaHigh, &t.sign
	if _, std := stats.MeanStd(diffs); std > 0 {
		row.Effect = pointer(t.Delta / std)
	}
}

// differences are those of values from the reference's, of the same queries.
func differences(ref, values []float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = v - ref[i]
	}
	return out
}

func pointer[T any](v T) *T { return &v }

// cutOf is the K of R@K, and 0 of other metrics.
func cutOf(metric string) int {
	k, err := strconv.Atoi(strings.TrimPrefix(metric, "R@"))
	if err != nil || !strings.HasPrefix(metric, "R@") {
		return 0
	}
	return k
}

// queryRows makes a metric's rows one by one, when they are written: all of them would take many
// times the memory of the outcomes.
func (r *run) queryRows(s *set, v *variant, f found, metric int) iter.Seq[store.Query] {
	name := r.suite.Metrics[metric]
	cut := slices.Index(rank.MarginCuts[:], cutOf(name))
	return func(yield func(store.Query) bool) {
		certain := f.certain[name]
		for i, o := range f.outcomes {
			row := store.Query{
				RunID: r.id, Dataset: s.spec.Name, Variant: v.spec.Name, Direction: f.search.direction, QueryID: f.search.queries[f.search.counted[i]],
				Metric: name, Value: o.Values[metric], Rank: int64(o.Rank), Margin: o.Margin, NRelevant: int64(o.Relevant), TopIDs: named(f.search.items, o.Top),
				TopHits: o.TopHits, Group: int64(f.search.groups[i]),
			}
			if cut >= 0 && !math.IsInf(o.MarginAt[cut], 0) {
				row.MarginAtK = pointer(o.MarginAt[cut])
			}
			if certain != nil {
				row.Certain = pointer(certain[i] != open)
			}
			if !yield(row) {
				return
			}
		}
	}
}

// named is the ids of items.
func named(ids []string, at []int) []string {
	out := make([]string, len(at))
	for k, i := range at {
		out[k] = ids[i]
	}
	return out
}
