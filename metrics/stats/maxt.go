package stats

import (
	"cmp"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	mstats "github.com/aclements/go-moremath/stats"
)

// StepDownMaxT is the p value of each test, corrected for all of them. It is the step-down maxT procedure
// (Westfall and Young 1993, algorithm 4.1) over random sign flips.
//
// tests holds, for each test, the sum of the paired differences of each cluster. A cluster has the same
// index in every test. A flip turns a cluster's sums in all tests together, so tests that rise and fall
// together are corrected less. Holm's method cannot do that. A test's statistic is |sum| divided by the
// root of its sum of squares, which no flip changes.
//
// A p value is (k+1)/(flips+1), where k counts the flips that reach the statistic (Davison and Hinkley
// 1997, 4.2). So 1/(flips+1) is the smallest. One seed always gives the same flips. A test without a
// difference is no test: its p is 1, and it costs the others nothing. A sum that is not finite gives NaN
// for its test.
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
		most := 0.0 // among the tests with this statistic or a smaller one
		for k, t := range slices.Backward(live) {
			most = max(most, t.statistic(signs))
			if most >= t.observed*(1-1e-9) { // sums in another order round differently
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

// flipTest holds the clusters of a test that differ.
type flipTest struct {
	at       int // index in the given list
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

// drawSigns gives each cluster 1 or -1 with equal probability.
func drawSigns(signs []float64, rng *rand.PCG) {
	for from := 0; from < len(signs); from += 64 {
		bits := rng.Uint64()
		for i := from; i < min(from+64, len(signs)); i++ {
			signs[i] = float64(int64(bits&1)*2 - 1)
			bits >>= 1
		}
	}
}

// HalfWidth is half the width of the 95 % interval of a total over so many clusters. It follows from the
// spread of the clusters' sums; a cluster that is not given has the sum 0. It is Student's t times the
// root of C/(C-1) times the sum of the squared distances from the mean. It is 0 for fewer than two
// clusters.
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
