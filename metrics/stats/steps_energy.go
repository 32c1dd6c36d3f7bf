package stats

import (
	"math"
	"slices"

	"github.com/aclements/go-moremath/mathx"
)

// split is the best place to split the values from from to to. at is from when there is none.
type split struct {
	from, at, to int
	energy       float64
}

// bestSplit looks for the split with the most energy. As in E-divisive, the right side may end before the
// segment does, so that a later change does not hide an earlier one. Among equal splits the first wins.
func bestSplit(x []float64, from, to int) split {
	best := split{from: from, at: from, to: to}
	d := newDistances(x[from:to])
	for s := 1; s < to-from; s++ {
		for end := s + 1; end <= to-from; end++ {
			if e := d.energy(s, end); e > best.energy {
				best.at, best.energy = from+s, e
			}
		}
	}
	return best
}

// distances holds in [i][j] the sum of |x[a]-x[b]| over all a below i and b below j.
type distances [][]float64

func newDistances(x []float64) distances {
	d := make(distances, len(x)+1)
	for i := range d {
		d[i] = make([]float64, len(x)+1)
	}
	for i, a := range x {
		row := 0.0
		for j, b := range x {
			row += math.Abs(a - b)
			d[i+1][j+1] = d[i][j+1] + row
		}
	}
	return d
}

// energy is how far x[:s] is from x[s:end]. For n and m values it is nm/(n+m) times their energy distance:
// twice the mean distance between the sides, minus the mean distances within each.
func (d distances) energy(s, end int) float64 {
	n, m := float64(s), float64(end-s)
	between := d[s][end] - d[s][s]
	left := d[s][s] // each pair counts twice
	right := d[end][end] - 2*d[s][end] + d[s][s]
	distance := 2 * between / (n * m)
	if n > 1 {
		distance -= left / (n * (n - 1))
	}
	if m > 1 {
		distance -= right / (m * (m - 1))
	}
	return n * m / (n + m) * distance
}

// stepAt is the step from x[from:at] to x[at:to], by Student's t-test of two samples with a common
// variance. Values that are all equal are no step, whatever their mean rounds to.
func stepAt(x []float64, from, at, to int) Step {
	left, right := x[from:at], x[at:to]
	s := Step{At: at, P: 1}
	var leftSquares, rightSquares float64
	s.Before, leftSquares = meanSquares(left)
	s.After, rightSquares = meanSquares(right)
	n, m := float64(len(left)), float64(len(right))
	freedom := n + m - 2
	if freedom <= 0 || slices.Min(x[from:to]) == slices.Max(x[from:to]) {
		return s
	}
	variance := (leftSquares + rightSquares) / freedom
	t := (s.After - s.Before) / math.Sqrt(variance*(1/n+1/m))
	switch {
	case math.IsNaN(t): // no difference and no variance
	case math.IsInf(t, 0):
		s.P = 0
	default:
		s.P = mathx.BetaInc(freedom/(freedom+t*t), freedom/2, 0.5)
	}
	return s
}

// meanSquares is the mean, and the sum of the squared distances from it.
func meanSquares(x []float64) (m, squares float64) {
	m, _ = mean(x)
	for _, v := range x {
		squares += (v - m) * (v - m)
	}
	return m, squares
}
