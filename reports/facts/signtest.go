package facts

import (
	"math"

	"github.com/fastclip/fastclip/metrics/stats"
)

// signTest is the p value of the two-sided sign test (Conover, "Practical Nonparametric Statistics", 3.4).
// It is the probability that as many ratios a/b, or more, lie on one side of 1 when both sides are equally
// likely. Ratios of exactly 1 carry no information and are left out. The result is NaN when no other ratio
// remains.
func signTest(a, b map[int64]float64) Number {
	above, n := 0, 0
	for rep, ms := range a {
		other, ok := b[rep]
		if !ok || other <= 0 || ms == other {
			continue
		}
		n++
		if ms > other {
			above++
		}
	}
	if n == 0 {
		return Absent()
	}
	tail, side := 0.0, max(above, n-above)
	for k := side; k <= n; k++ {
		tail += choose(n, k)
	}
	return Number(math.Min(1, 2*tail*math.Pow(0.5, float64(n))))
}

func choose(n, k int) float64 {
	out := 1.0
	for i := range k {
		out = out * float64(n-i) / float64(i+1)
	}
	return math.Round(out)
}

// correctSpeed corrects the p values for the number of comparisons, over images and texts together. A
// variant that shares its timings with the reference does not count as a comparison.
func correctSpeed(tables []SpeedTable) {
	var p []float64
	var at []*SpeedRow
	for t := range tables {
		for i := range tables[t].Rows {
			if row := &tables[t].Rows[i]; row.PHolm.Known() {
				p, at = append(p, float64(row.PHolm)), append(at, row)
			}
		}
	}
	for i, v := range stats.Holm(p) {
		at[i].PHolm = Number(v)
	}
}
