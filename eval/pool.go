package eval

import (
	"slices"

	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/rank"
	"github.com/fastclip/fastclip/metrics/stats"
)

// pool compares each variant with the reference over all datasets together.
func (r *run) pool() {
	if !r.ref.OK() {
		return
	}
	ref := r.refIndex()
	for i, v := range r.variants {
		if v == r.ref || !v.OK() {
			continue
		}
		for _, direction := range []string{store.TextToImage, store.ImageToText, store.ImageToImage} {
			var own, base []found
			for _, s := range r.sets {
				f, ok := inDirection(s.foundBy(i), direction)
				b, is := inDirection(s.foundBy(ref), direction)
				if ok && is {
					own, base = append(own, f), append(base, b)
				}
			}
			if len(own) > 1 { // of one dataset there is nothing to pool
				r.pooledRows(v, direction, own, base)
			}
		}
	}
}

// inDirection is what was found in a direction; an image tower alone finds pictures by pictures only.
func inDirection(all []found, direction string) (found, bool) {
	at := slices.IndexFunc(all, func(f found) bool { return f.search.direction == direction })
	if at < 0 {
		return found{}, false
	}
	return all[at], true
}

// foundBy is what the variant at a place of the suite found, nothing in a set without pictures.
func (s *set) foundBy(at int) []found {
	if at >= len(s.found) {
		return nil
	}
	return s.found[at]
}

func (r *run) pooledRows(v *variants.Variant, direction string, own, base []found) {
	for m, metric := range r.suite.Metrics {
		row := store.Pooled{RunID: r.id, Variant: v.Spec.Name, Direction: direction, Metric: metric, Datasets: int64(len(own))}
		var sets []*stats.Resampler
		var a, b [][]float64
		var diffs []float64 // as each counts in the mean
		var groups []int
		for k, f := range own {
			values := f.values(m, func(o rank.Outcome) []float64 { return o.Values })
			mean, _ := stats.MeanStd(values)
			row.Value += mean / float64(len(own))
			row.NQueries += int64(len(values))
			sets, b = append(sets, f.search.resampler), append(b, values)
			a = append(a, base[k].values(m, func(o rank.Outcome) []float64 { return o.Values }))
			after := 0 // the groups of the sets before
			if len(groups) > 0 {
				after = slices.Max(groups) + 1
			}
			for q, v := range values {
				diffs = append(diffs, (v-a[k][q])/float64(len(values)))
				groups = append(groups, after+f.search.groups[q])
			}
		}
		row.Delta, row.DeltaLow, row.DeltaHigh, _ = stats.Pooled(sets, a, b)
		row.PValue = stats.SignFlip(diffs, groups)
		r.rows.Pooled = append(r.rows.Pooled, row)
	}
}
