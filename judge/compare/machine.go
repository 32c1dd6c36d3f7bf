package compare

import (
	"slices"

	"github.com/fastclip/fastclip/metrics/stats"
)

// leastShared is the number of unlike timings needed to tell a variant from its machine.
const leastShared = 3

// rounds is how slow each round was for all variants alike. 1 is the usual speed.
type rounds samples

// even divides repetitions by the speed of their rounds.
func (r rounds) even(s samples) []float64 {
	out := samples{}
	for rep, ms := range s {
		out[rep] = ms
		if f, ok := r[rep]; ok {
			out[rep] = ms / f
		}
	}
	return out.list()
}

// shared is what the machine did to all variants. Only a variant that slowed more than the machine is
// slower.
type shared struct {
	machine    float64 // median, over the variants, of HEAD's median time over BASE's
	base, head rounds
}

// shared computes the machine's share from the totals of the variants that both runs timed. Variants that
// share all their work have one timing and count once.
func (c *comparer) shared(base, head map[phaseKey]samples, modality string) shared {
	var b, h []samples
	for _, v := range c.out.Variants {
		key := phaseKey{v, modality, Total}
		if !measured(base[key]) || !measured(head[key]) {
			continue
		}
		same := func(list []samples, s samples) bool {
			return slices.ContainsFunc(list, func(o samples) bool { return slices.Equal(o.list(), s.list()) })
		}
		if same(b, base[key]) && same(h, head[key]) {
			continue
		}
		b, h = append(b, base[key]), append(h, head[key])
	}
	if len(b) < leastShared {
		return shared{machine: 1}
	}
	s := shared{base: roundsOf(b), head: roundsOf(h)}
	var ratios []float64
	for i := range b {
		ratios = append(ratios, stats.Median(s.head.even(h[i]))/stats.Median(s.base.even(b[i])))
	}
	s.machine = stats.Median(ratios)
	return s
}

// usualQuantile is where a variant's usual time lies among its rounds. Disturbances only make a round
// longer, so the quicker rounds of two nights are more alike than their medians.
const usualQuantile = 0.25

// roundsOf computes the speed of each round. It is the median, over the variants, of the variant's time
// divided by its usual time.
func roundsOf(all []samples) rounds {
	by := map[int64][]float64{}
	for _, s := range all {
		usual := stats.Quantile(s.list(), usualQuantile)
		for rep, ms := range s {
			by[rep] = append(by[rep], ms/usual)
		}
	}
	out := rounds{}
	for rep, factors := range by {
		if len(factors) >= leastShared {
			out[rep] = stats.Median(factors)
		}
	}
	return out
}
