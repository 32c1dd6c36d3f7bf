package score

import (
	"slices"

	"github.com/fastclip/fastclip/eval/embed"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/rank"
	"github.com/fastclip/fastclip/metrics/stats"
)

// pool compares each variant with the reference over all datasets together.
func (r *scorer) pool() {
	if !r.Reference.OK() {
		return
	}
	ref := slices.Index(r.Variants, r.Reference)
	for i, v := range r.Variants {
		if v == r.Reference || !v.OK() {
			continue
		}
		for _, direction := range []string{store.TextToImage, store.ImageToText, store.ImageToImage} {
			var own, base []Found
			for _, s := range r.Sets {
				f, ok := InDirection(r.foundBy(s, i), direction)
				b, is := InDirection(r.foundBy(s, ref), direction)
				if ok && is {
					own, base = append(own, f), append(base, b)
				}
			}
			if len(own) > 1 { // a single dataset has nothing to pool
				r.pooledRows(v, direction, own, base)
			}
		}
	}
}

// InDirection is what was found in one direction. A model with only an image tower searches pictures by pictures
// only.
func InDirection(all []Found, direction string) (Found, bool) {
	at := slices.IndexFunc(all, func(f Found) bool { return f.Search.Direction == direction })
	if at < 0 {
		return Found{}, false
	}
	return all[at], true
}

// foundBy is what the variant at a place in the suite found. It is empty for a set without pictures.
func (r *scorer) foundBy(s *embed.Set, at int) []Found {
	if at >= len(r.Found[s]) {
		return nil
	}
	return r.Found[s][at]
}

func (r *scorer) pooledRows(v *variants.Variant, direction string, own, base []Found) {
	for m, metric := range r.Suite.Metrics {
		row := store.Pooled{RunID: r.RunID, Variant: v.Spec.Name, Direction: direction, Metric: metric, Datasets: int64(len(own))}
		var sets []*stats.Resampler
		var a, b [][]float64
		var diffs []float64 // weighted as in the mean
		var groups []int
		for k, f := range own {
			values := f.values(m, func(o rank.Outcome) []float64 { return o.Values })
			mean, _ := stats.MeanStd(values)
			row.Value += mean / float64(len(own))
			row.NQueries += int64(len(values))
			sets, b = append(sets, f.Search.resampler), append(b, values)
			a = append(a, base[k].values(m, func(o rank.Outcome) []float64 { return o.Values }))
			after := 0 // number of groups in the sets before
			if len(groups) > 0 {
				after = slices.Max(groups) + 1
			}
			for q, v := range values {
				diffs = append(diffs, (v-a[k][q])/float64(len(values)))
				groups = append(groups, after+f.Search.groups[q])
			}
		}
		row.Delta, row.DeltaLow, row.DeltaHigh, _ = stats.Pooled(sets, a, b)
		row.PValue = stats.SignFlip(diffs, groups)
		r.Pooled = append(r.Pooled, row)
	}
}
