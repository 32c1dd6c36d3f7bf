package reports

import (
	"math"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// signTest is the chance that as many quotients, or more, lie on one side of 1 when either side is
// as likely: the two-sided sign test (Conover, "Practical Nonparametric Statistics", 3.4). Those
// that are exactly 1 say nothing. NaN: there are no others.
func signTest(a, b map[int64]float64) number {
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
		return absent()
	}
	tail, side := 0.0, max(above, n-above)
	for k := side; k <= n; k++ {
		tail += choose(n, k)
	}
	return number(math.Min(1, 2*tail*math.Pow(0.5, float64(n))))
}

func choose(n, k int) float64 {
	out := 1.0
	for i := range k {
		out = out * float64(n-i) / float64(i+1)
	}
	return math.Round(out)
}

// correctSpeed corrects the p-values for the number of comparisons, images and texts together. A
// variant that shares its timings with the reference is none.
func correctSpeed(tables []speedTable) {
	var p []float64
	var at []*speedRow
	for t := range tables {
		for i := range tables[t].Rows {
			if row := &tables[t].Rows[i]; row.PHolm.known() {
				p, at = append(p, float64(row.PHolm)), append(at, row)
			}
		}
	}
	for i, v := range stats.Holm(p) {
		at[i].PHolm = number(v)
	}
}

// coarseSpeed warns when there are too few rounds for so many comparisons to show anything.
func coarseSpeed(_ *store.Results, r report) []finding {
	n, rounds := 0, 0
	for _, t := range r.Speed {
		for _, row := range t.Rows {
			if row.PHolm.known() {
				n, rounds = n+1, max(rounds, row.Repetitions)
			}
		}
	}
	if least := 2 * math.Pow(0.5, float64(rounds)); n == 0 || least*float64(n) < level {
		return nil
	}
	return []finding{{Kind: "coarse_speed_test", Text: "speed: too few rounds for so many variants: no difference can be shown; raise timing.rounds in the suite"}}
}
