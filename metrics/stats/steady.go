package stats

import (
	"math"
	"slices"
)

// The shapes of a series of timings. Barrett et al. 2017 name the first four.
const (
	ShapeFlat     = "flat"            // steady from the start
	ShapeWarmup   = "warmup"          // steady, and faster than at first
	ShapeSlowdown = "slowdown"        // steady, and slower than at first
	ShapeNone     = "no steady state" // still changing at the end
	ShapeStalls   = "stalls"          // some calls take much longer than those around them
	ShapeModes    = "two levels"      // calls have one of two speeds
)

const (
	sameLevel    = 0.03  // relative difference of medians that counts as no change
	steadyShare  = 0.25  // least share of the series that a steady state lasts
	steadyLeast  = 16    // least number of values in a steady state
	quietest     = 0.005 // relative standard deviation below which noise is not distinguished
	stallFactor  = 1.5   // a call is a stall from this multiple of its neighbours' median
	stallMany    = 0.05  // share of stalls that makes a series unsteady, whenever they come
	hampelWidth  = 5     // neighbours at each side
	hampelSigmas = 5
	mostPoints   = 512 // a longer series is reduced to medians of blocks
)

// Steadiness is what Steady finds in a series.
type Steadiness struct {
	Shape       string
	Steady      bool
	Warmup      int     // values before the steady state, or else before the last segment
	Trend       float64 // for an unsettled series: relative change of the median from its third quarter to its last
	Stalls      int     // stalls after Warmup
	StallFactor float64 // median factor by which stalls take longer
	Period      int     // distance of regular stalls in values; otherwise 0
}

// Steady finds where a series of timings settles. It uses changepoints, as Barrett et al. 2017 do.
//
// It takes logarithms, and replaces single slow calls by their neighbours' median (Hampel 1974). It then
// cuts the series into segments (Changepoints). The steady state is the last segment, together with those
// before it whose level is within 3 % or one standard deviation of its own. It must last for 16 values and
// a quarter of the series, and its two halves must agree. A series of more than 512 values is reduced to
// medians of blocks first.
//
// Three things make a steady state unsteady: slow single calls that come regularly or are 5 % of it, a
// slow trend, and two levels.
func Steady(x []float64) Steadiness {
	n := len(x)
	if n < steadyLeast {
		return Steadiness{Shape: ShapeNone, Trend: trend(x)}
	}
	smooth, stall := hampel(x)
	block := (n + mostPoints - 1) / mostPoints
	points := blockMedians(smooth, block)
	logs := make([]float64, len(points))
	for i, v := range points {
		logs[i] = math.Log(math.Max(v, 1e-9))
	}
	cuts := append([]int{0}, Changepoints(logs, quietest*quietest)...)
	from := block * steadyFrom(points, cuts)
	out := Steadiness{Warmup: from}
	out.countStalls(x, smooth, stall)
	rest := smooth[from:]
	switch {
	case len(rest) < max(steadyLeast, int(steadyShare*float64(n))), !agree(rest[:len(rest)/2], rest[len(rest)/2:]), drifting(smooth, rest):
		out.Shape, out.Trend = ShapeNone, trend(smooth)
	case out.Period > 0, float64(out.Stalls) >= stallMany*float64(len(rest)) && out.Stalls > 2:
		out.Shape = ShapeStalls
	case twoLevels(rest):
		out.Shape = ShapeModes
	default:
		out.Shape, out.Steady = shape(smooth, from), true
	}
	return out
}

// blockMedians has the median of each size values. The last block may be shorter.
func blockMedians(x []float64, size int) []float64 {
	if size == 1 {
		return x
	}
	var out []float64
	for part := range slices.Chunk(x, size) {
		out = append(out, Median(part))
	}
	return out
}

// steadyFrom is where the steady state starts: the last segment and those before it on the same level.
func steadyFrom(x []float64, cuts []int) int {
	at := len(cuts) - 1
	final := x[cuts[at]:]
	level := Median(final)
	_, std := MeanStd(final)
	for at > 0 {
		before := Median(x[cuts[at-1]:cuts[at]])
		if math.Abs(before-level) > math.Max(sameLevel*level, std) {
			break
		}
		at--
	}
	return cuts[at]
}

func shape(x []float64, from int) string {
	if from == 0 {
		return ShapeFlat
	}
	if Median(x[:from]) < Median(x[from:]) {
		return ShapeSlowdown
	}
	return ShapeWarmup
}

// hampel replaces single slow values by the median of their neighbours, and marks them. It keeps the first
// values, because a slow start is no outlier.
func hampel(x []float64) (smooth []float64, stall []bool) {
	smooth, stall = slices.Clone(x), make([]bool, len(x))
	for i := hampelWidth; i < len(x); i++ {
		near := x[i-hampelWidth : min(i+hampelWidth+1, len(x))]
		mid := Median(near)
		away := make([]float64, len(near))
		for k, v := range near {
			away[k] = math.Abs(v - mid)
		}
		sigma := 1.4826 * Median(away) // for a normal distribution
		if x[i] > stallFactor*mid && x[i]-mid > hampelSigmas*sigma {
			smooth[i], stall[i] = mid, true
		}
	}
	return smooth, stall
}

// countStalls counts the stalls after the warm-up.
func (s *Steadiness) countStalls(x, smooth []float64, stall []bool) {
	var at []int
	var factor []float64
	for i := s.Warmup; i < len(x); i++ {
		if stall[i] {
			at, factor = append(at, i), append(factor, x[i]/smooth[i])
		}
	}
	s.Stalls = len(at)
	if s.Stalls == 0 {
		return
	}
	s.StallFactor = Median(factor)
	gaps := make([]int, 0, len(at))
	for i := 1; i < len(at); i++ {
		gaps = append(gaps, at[i]-at[i-1])
	}
	if len(gaps) < 3 { // two equal gaps can come by chance
		return
	}
	slices.Sort(gaps)
	if mid := gaps[len(gaps)/2]; gaps[len(gaps)-1]-gaps[0] <= max(1, mid/10) {
		s.Period = mid
	}
}

// trend is the relative change of the median from the third quarter to the fourth.
func trend(x []float64) float64 {
	q := len(x) / 4
	if q == 0 {
		return 0
	}
	return Median(x[len(x)-q:])/Median(x[len(x)-2*q:len(x)-q]) - 1
}

func agree(a, b []float64) bool {
	aLow, aHigh := MedianCI(a)
	bLow, bHigh := MedianCI(b)
	return aLow <= bHigh && bLow <= aHigh || math.Abs(Median(b)/Median(a)-1) < sameLevel
}

// Quantile is the q-quantile of values in any order, interpolated linearly. It is NaN without values.
func Quantile(x []float64, q float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	return quantile(slices.Sorted(slices.Values(x)), q)
}
