package paired

import (
	"cmp"
	"maps"
	"slices"

	"github.com/fastclip/fastclip/metrics/stats"
)

// cellFlips is enough for tests at 5 %, which are made separately for each variant.
const cellFlips = 5000

// Cell is one test within a variant: a metric of a direction on one dataset, or over all datasets ("").
type Cell struct{ Variant, Dataset, Direction, Metric string }

// First is the result of testing a family, variants first.
type First struct {
	Pooled []Pooled           // for each variant and metric
	P      map[string]float64 // p value that a variant differs at all: its least pooled one
	Cells  map[Cell]float64   // p value of a single score, never below its variant's
	Tests  map[string]int     // number of cells of a variant
}

// VariantFirst tests whether each variant differs over all its searches, and then the single scores within
// it.
//
// A cell is shown only within a variant that is shown (a gatekeeper: Dmitrienko and others 2003). So a
// variant in which nothing changed gives a false alarm no more often than the pooled test does. The cells
// of a variant are corrected for each other by step-down maxT.
func (t *Tests) VariantFirst(keep func(variant, direction, metric string) bool) First {
	out := First{Pooled: t.Pooled(keep), Cells: map[Cell]float64{}, Tests: map[string]int{}}
	out.P = leastByVariant(out.Pooled)
	for _, v := range slices.Sorted(maps.Keys(out.P)) {
		t.within(v, keep, &out)
	}
	return out
}

// leastByVariant has the p value that a variant differs at all.
func leastByVariant(pooled []Pooled) map[string]float64 {
	out := map[string]float64{}
	for _, p := range pooled {
		if least, ok := out[p.Variant]; !ok || p.PMaxT < least {
			out[p.Variant] = p.PMaxT
		}
	}
	return out
}

// within corrects the cells of a variant. The cells are its searches, and its directions over all datasets
// where there are several.
func (t *Tests) within(variant string, keep func(variant, direction, metric string) bool, out *First) {
	var cells []Cell
	var sums []map[int]float64
	sets := map[Cell]int{}
	for _, s := range t.searches {
		if s.Variant == variant && keep(s.Variant, s.Direction, s.Metric) {
			sets[Cell{variant, "", s.Direction, s.Metric}]++
		}
	}
	for _, s := range t.searches {
		if s.Variant != variant || !keep(s.Variant, s.Direction, s.Metric) {
			continue
		}
		in := []Cell{{variant, s.Dataset, s.Direction, s.Metric}}
		if over := (Cell{variant, "", s.Direction, s.Metric}); sets[over] > 1 {
			in = append(in, over)
		}
		for _, c := range in {
			k := slices.Index(cells, c)
			if k < 0 {
				k, cells, sums = len(cells), append(cells, c), append(sums, map[int]float64{})
			}
			t.each(s, func(cluster int, by float64) {
				if by != 0 {
					sums[k][cluster] += by
				}
			})
		}
	}
	for k, p := range stats.StepDownMaxT(columns(sums), cmp.Or(t.flips, cellFlips), 1) {
		out.Cells[cells[k]] = max(p, out.P[variant])
	}
	out.Tests[variant] = len(cells)
}
