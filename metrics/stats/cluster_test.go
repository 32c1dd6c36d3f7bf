package stats

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestClustersOfOne are queries drawn one by one.
func TestClustersOfOne(t *testing.T) {
	values := []float64{0, 1, 1, 0, 1, 0, 0, 0, 1}
	low, high := NewResampler(len(values), 500, 7).Interval(values)
	cLow, cHigh := NewClusterResampler([]int{0, 1, 2, 3, 4, 5, 6, 7, 8}, 500, 7).Interval(values)
	assert.Equal(t, []float64{low, high}, []float64{cLow, cHigh})
}

// TestClustersWiden: every query twice is no more evidence than every query once.
func TestClustersWiden(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	once := make([]float64, 300)
	var twice []float64
	var clusters []int
	for i := range once {
		once[i] = float64(r.IntN(2))
		twice = append(twice, once[i], once[i])
		clusters = append(clusters, i, i)
	}
	low, high := NewResampler(len(once), 2000, 3).Interval(once)
	cLow, cHigh := NewClusterResampler(clusters, 2000, 3).Interval(twice)
	assert.Equal(t, []float64{low, high}, []float64{cLow, cHigh})
	_, naive := NewResampler(len(twice), 2000, 3).Interval(twice)
	assert.Less(t, naive, high, "drawn one by one they look more certain")
}

// TestUnequalClusters: the mean of a resample is over its queries, not over its clusters.
func TestUnequalClusters(t *testing.T) {
	low, high := NewClusterResampler([]int{0, 0, 0, 1, 2, 2}, 200, 1).Interval([]float64{4, 4, 4, 4, 4, 4})
	assert.Equal(t, []float64{4, 4}, []float64{low, high})
	_, _, _, p := NewClusterResampler([]int{0, 0, 0}, 200, 1).Paired([]float64{0, 0, 0}, []float64{1, 1, 1})
	assert.InDelta(t, 2.0/201, p, 1e-12)
}

// TestPooled: of one set it is Paired; of two drawn apart it is surer than either.
func TestPooled(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	var a, b [][]float64
	var sets []*Resampler
	for i := range 2 {
		x, y := make([]float64, 200), make([]float64, 200)
		for k := range x {
			x[k], y[k] = r.Float64(), r.Float64()-0.05
		}
		a, b, sets = append(a, x), append(b, y), append(sets, NewResampler(200, 1000, uint64(i)))
	}
	delta, low, high, p := sets[0].Paired(a[0], b[0])
	d1, l1, h1, p1 := Pooled(sets[:1], a[:1], b[:1])
	assert.InDeltaSlice(t, []float64{delta, low, high, p}, []float64{d1, l1, h1, p1}, 1e-12)
	d2, l2, h2, _ := Pooled(sets, a, b)
	other, _, _, _ := sets[1].Paired(a[1], b[1])
	assert.InDelta(t, (delta+other)/2, d2, 1e-12)
	assert.Less(t, h2-l2, 0.85*(high-low))
	assert.Panics(t, func() { Pooled(sets, a, [][]float64{b[0], b[1][1:]}) })
	none, _, _, _ := Pooled(nil, nil, nil)
	assert.True(t, none != none)
}

// Other groups of the same number share the samples, and draw the same.
func TestRegrouped(t *testing.T) {
	one, five := make([]int, 40), make([]int, 200)
	for i := range one {
		one[i] = i
	}
	for i := range five {
		five[i] = i / 5
	}
	values := make([]float64, len(five))
	for i := range values {
		values[i] = float64(i % 7)
	}
	shared := NewResampler(len(one), 130, 3).Regrouped(five)
	low, high := shared.Interval(values)
	wantLow, wantHigh := NewClusterResampler(five, 130, 3).Interval(values)
	assert.Equal(t, []float64{wantLow, wantHigh}, []float64{low, high})
	assert.Nil(t, shared.Regrouped(one[:39]))
}
