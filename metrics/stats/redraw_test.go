package stats

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

// twoColumns are scores of n queries, in clusters of one and of two.
func twoColumns(n int) (clusters []int, a, b []float64) {
	r := rand.New(rand.NewPCG(3, 4))
	clusters, a, b = make([]int, n), make([]float64, n), make([]float64, n)
	for i := range clusters {
		clusters[i] = i - i/3
		a[i] = 1 / float64(1+r.IntN(20))
		b[i] = a[i] + 0.1*float64(r.IntN(3)-1)
	}
	return clusters, a, b
}

// Samples that are not kept draw as those that are.
func TestRedrawnEqualsKept(t *testing.T) {
	clusters, a, b := twoColumns(3000)
	kept, redrawn := newResampler(clusters, 4000, 7, keptBytes), newResampler(clusters, 4000, 7, 0)
	assert.NotNil(t, kept.counts)
	assert.Nil(t, redrawn.counts)
	want := kept.CompareAll([][]float64{b}, [][]float64{a})[0]
	got := redrawn.CompareAll([][]float64{b}, [][]float64{a})[0]
	width := want.High - want.Low
	assert.InDelta(t, want.Low, got.Low, 0.06*width)
	assert.InDelta(t, want.High, got.High, 0.06*width)
	assert.Equal(t, want.Delta, got.Delta)
	assert.InDelta(t, want.DeltaLow, got.DeltaLow, 0.06*(want.DeltaHigh-want.DeltaLow))
	assert.InDelta(t, want.P, got.P, 0.05)
}

// Samples that are not kept are the same at every pass.
func TestRedrawnConcurrently(t *testing.T) {
	clusters, a, b := twoColumns(600)
	redrawn := newResampler(clusters, 1000, 7, 0)
	got := redrawn.CompareAll([][]float64{b}, [][]float64{a})[0]
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			low, high := redrawn.Interval(a)
			assert.Equal(t, []float64{got.Low, got.High}, []float64{low, high}, "one column or several")
			delta, dLow, dHigh, p := redrawn.Paired(b, a)
			assert.Equal(t, []float64{got.Delta, got.DeltaLow, got.DeltaHigh, got.P}, []float64{delta, dLow, dHigh, p})
		})
	}
	all.Wait()
	same := redrawn.Regrouped(clusters)
	low, _ := same.Interval(a)
	assert.Equal(t, got.Low, low)
}

// The mean of a resample is over its queries, whatever the clusters' sizes.
func TestRedrawnUnequal(t *testing.T) {
	r := newResampler([]int{0, 0, 0, 1, 2, 2}, 200, 1, 0)
	_, low, high, _ := r.Paired(make([]float64, 6), []float64{4, 4, 4, 4, 4, 4})
	assert.Equal(t, []float64{4, 4}, []float64{low, high})
	total := func(r *Resampler) (sum float64) {
		for _, m := range r.means([]float64{1, 1, 1, 0, 0, 0})[0] {
			sum += m
		}
		return sum / 2000
	}
	sizes := []int{0, 0, 0, 1, 2, 2}
	assert.InDelta(t, total(newResampler(sizes, 2000, 1, keptBytes)), total(newResampler(sizes, 2000, 1, 0)), 0.02)
}

func TestCompareAllOfNothing(t *testing.T) {
	assert.Empty(t, NewResampler(3, 10, 1).CompareAll(nil, nil))
	assert.Empty(t, newResampler([]int{0, 1, 2}, 10, 1, 0).CompareAll(nil, nil))
}

func BenchmarkRedrawn(b *testing.B) {
	clusters := make([]int, 100_000)
	for i := range clusters {
		clusters[i] = i
	}
	r := newResampler(clusters, 640, 1, 0)
	values := make([]float64, len(clusters))
	for i := range values {
		values[i] = float64(i % 7)
	}
	for b.Loop() {
		r.means(values)
	}
}
