package score

import (
	"iter"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/rank"
	"github.com/fastclip/fastclip/metrics/stats"
)

// values are a metric's values by query. of selects the plain, the worst or the best values.
func (f Found) values(metric int, of func(rank.Outcome) []float64) []float64 {
	out := make([]float64, len(f.Outcomes))
	for i, o := range f.Outcomes {
		out[i] = of(o)[metric]
	}
	return out
}

func (r *scorer) scoreRows(s *embed.Set, v *variants.Variant, own, ref []Found) error {
	n := len(r.Suite.Metrics)
	rows := make([]store.Score, len(own)*n)
	g := errgroup.Group{}
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range own {
		g.Go(func() error {
			var base [][]float64
			if of, ok := InDirection(ref, f.Search.Direction); ok && v != r.Reference {
				base = of.allValues()
			}
			values := f.allValues()
			compared, err := r.testedAgainst(s, v, f, base, values)
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
	r.Scores = append(r.Scores, rows...)
	for _, f := range own {
		for m := range n {
			r.Queries = append(r.Queries, r.queryRows(s, v, f, m))
		}
	}
	return nil
}

// allValues has the values of every metric of the suite.
func (f Found) allValues() [][]float64 {
	out := make([][]float64, f.Search.ranker.Metrics())
	for m := range out {
		out[m] = f.values(m, func(o rank.Outcome) []float64 { return o.Values })
	}
	return out
}

// scoreRow is the row of a metric in one direction.
func (r *scorer) scoreRow(s *embed.Set, v *variants.Variant, f Found, m int, values []float64, c stats.Comparison) store.Score {
	metric := r.Suite.Metrics[m]
	row := store.Score{
		RunID: r.RunID, Dataset: s.Spec.Name, Arity: s.Info.Arity, Variant: v.Spec.Name, Direction: f.Search.Direction, Metric: metric,
		NQueries: int64(len(values)), Convention: pointer(rank.Convention(metric)), CILow: c.Low, CIHigh: c.High,
	}
	if f.Search.of > 0 {
		row.SampledFrom = pointer(int64(f.Search.of))
	}
	row.Value, _ = stats.MeanStd(values)
	row.TieLow, _ = stats.MeanStd(f.values(m, func(o rank.Outcome) []float64 { return o.TieLow }))
	row.TieHigh, _ = stats.MeanStd(f.values(m, func(o rank.Outcome) []float64 { return o.TieHigh }))
	return row
}

// against fills in the columns that compare a score with the reference's values of the same queries.
func against(row *store.Score, t tested, diffs []float64) {
	row.Delta, row.DeltaLow, row.DeltaHigh, row.PValue = &t.Delta, &t.DeltaLow, &t.DeltaHigh, &t.sign
	if _, std := stats.MeanStd(diffs); std > 0 {
		row.Effect = pointer(t.Delta / std)
	}
}

// differences are the distances of values from the reference's values of the same queries.
func differences(ref, values []float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = v - ref[i]
	}
	return out
}

func pointer[T any](v T) *T { return &v }

// cutOf is the K of R@K, and 0 for other metrics.
func cutOf(metric string) int {
	k, err := strconv.Atoi(strings.TrimPrefix(metric, "R@"))
	if err != nil || !strings.HasPrefix(metric, "R@") {
		return 0
	}
	return k
}

// queryRows makes a metric's rows one by one while they are written. All rows together would take many
// times the memory of the outcomes.
func (r *scorer) queryRows(s *embed.Set, v *variants.Variant, f Found, metric int) iter.Seq[store.Query] {
	name := r.Suite.Metrics[metric]
	cut := slices.Index(rank.MarginCuts[:], cutOf(name))
	return func(yield func(store.Query) bool) {
		certain, compared := f.Certain[name]
		var ids []string // room for the next rows
		for i, o := range f.Outcomes {
			row := store.Query{
				RunID: r.RunID, Dataset: s.Spec.Name, Variant: v.Spec.Name, Direction: f.Search.Direction, QueryID: f.Search.queries[f.Search.Counted[i]],
				Metric: name, Value: o.Values[metric], Rank: int64(o.Rank), Margin: o.Margin, NRelevant: int64(o.Relevant), TopIDs: named(f.Search.items, o.Top, &ids),
				TopHits: o.TopHits, Group: int64(f.Search.groups[i]),
			}
			if cut >= 0 && !math.IsInf(o.MarginAt[cut], 0) {
				row.MarginAtK = pointer(o.MarginAt[cut])
			}
			if compared {
				row.Certain = pointer(certain.Verdicts[i] != drift.Undecided)
				if by := certain.By[i]; by != drift.None {
					row.CertainBy = pointer(by.String())
				}
			}
			if !yield(row) {
				return
			}
		}
	}
}

// named has the ids of items. It takes their memory from room, of which it gets more for many rows at once.
func named(ids []string, at []int, room *[]string) []string {
	if len(*room) < len(at) {
		*room = make([]string, max(len(at), 1024))
	}
	out := (*room)[:len(at):len(at)]
	*room = (*room)[len(at):]
	for k, i := range at {
		out[k] = ids[i]
	}
	return out
}
