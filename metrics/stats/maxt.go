package stats

import (
	"cmp"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	mstats "github.com/aclements/go-moremath/stats"
)

// StepDownMaxT is the p value of each test, corrected for all of them: the step-down maxT procedure
// (Westfall and Young 1993, algorithm 4.1) over random sign flips. tests holds, by test, the sum of
// the paired differences of each cluster; one cluster is one place in every test. A flip turns a
// cluster's sums in all tests together, so tests that rise and fall together count as what they
// are, which Holm's method cannot do. A test's statistic is |sum| over the root of its sum of
// squares, which no flip changes.
//
// A p value is (k+1)/(flips+1) with k the flips that reach the statistic (Davison and Hinkley 1997,
// 4.2), so 1/(flips+1) is the least. The flips are the same for one seed. A test without a difference
// is none: its p is 1 and it costs the others nothing. A sum that is not finite gives NaN for its test.
func StepDownMaxT(tests [][]float64, flips int, seed uint64) []float64 {
	out := make([]float64, len(tests))
	var live []flipTest
	clusters := 0
	for i, sums := range tests {
		t := newFlipTest(i, sums)
		switch out[i] = 1; {
		case math.IsNaN(t.observed):
			out[i] = math.NaN()
		case len(t.sums) > 0:
			live, clusters = append(live, t), max(clusters, len(sums))
		}
	}
	slices.SortStableFunc(live, func(a, b flipTest) int { return cmp.Compare(b.observed, a.observed) })
	reached := make([]int, len(live))
	signs, rng := make([]float64, clusters), rand.NewPCG(seed, 0)
	for range flips {
		drawSigns(signs, rng)
		most := 0.0 // of the tests with this one's statistic or a smaller one
		for k, t := range slices.Backward(live) {
			most = max(most, t.statistic(signs))
			if most >= t.observed*(1-1e-9) { // sums in another order round otherwise
				reached[k]++
			}
		}
	}
	least := 0.0
	for k, t := range live {
		least = max(least, float64(reached[k]+1)/float64(flips+1))
		out[t.at] = least
	}
	return out
}

// flipTest is a test's clusters that differ.
type flipTest struct {
	at       int // in the list that was given
	sums     []float64
	clusters []int
	size     float64 // root of the sum of squares
	observed float64
}

func newFlipTest(at int, sums []float64) flipTest {
	t := flipTest{at: at}
	var squares, total float64
	for c, s := range sums {
		if s != 0 {
			t.sums, t.clusters = append(t.sums, s), append(t.clusters, c)
			squares, total = squares+s*s, total+s
		}
	}
	if len(t.sums) > 0 {
		t.size = math.Sqrt(squares)
		t.observed = math.Abs(total) / t.size
	}
	return t
}

func (t flipTest) statistic(signs []float64) float64 {
	var sum float64
	for i, s := range t.sums {
		sum += s * signs[t.clusters[i]]
	}
	return math.Abs(sum) / t.size
}

// drawSigns gives each cluster 1 or -1, as likely.
func drawSigns(signs []float64, rng *rand.PCG) {
	for from := 0; from < len(signs); from += 64 {
		bits := rng.Uint64()
		for i := from; i < min(from+64, len(signs)); i++ {
			signs[i] = float64(int64(bits&1)*2 - 1)
			bits >>= 1
		}
	}
}

// HalfWidth is half the width of the 95 % interval of a total of so many clusters, from the spread of
// their sums (those that are not given are 0): Student's t times the root of C/(C-1) times their squared
// distances from their mean. It is 0 of fewer than two clusters.
func HalfWidth(sums map[int]float64, clusters int) float64 {
	n := float64(clusters)
	if clusters < 2 {
		return 0
	}
	var total, squares float64
	for _, k := range slices.Sorted(maps.Keys(sums)) {
		total, squares = total+sums[k], squares+sums[k]*sums[k]
	}
	t := mstats.InvCDF(mstats.TDist{V: n - 1})(0.975)
	return t * math.Sqrt(max(0, n/(n-1)*(squares-total*total/n)))
}
