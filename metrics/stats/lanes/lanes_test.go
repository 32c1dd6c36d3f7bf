package lanes

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/isa"
)

func plain(block [][Lane]uint8, values []float64, used []int) (sums [Lane]float64) {
	for _, i := range used {
		for k, c := range block[i] {
			sums[k] += float64(values[i] * float64(c))
		}
	}
	return sums
}

func TestWeighEqualsGo(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 7, 100, 1000} {
		block, values, all, some := make([][Lane]uint8, n), make([]float64, n), make([]int, n), []int{}
		for i := range n {
			for k := range block[i] {
				block[i][k] = uint8(random.UintN(256))
			}
			values[i], all[i] = random.NormFloat64(), i
			if random.IntN(3) == 0 {
				some = append(some, i)
			}
		}
		for _, set := range isa.All() {
			assert.Equal(t, plain(block, values, all), weightedSums(set, block, values, nil), "%s: %d", set, n)
			assert.Equal(t, plain(block, values, some), weightedSums(set, block, values, some), "%s: %d", set, n)
		}
	}
	assert.Panics(t, func() { WeightedSums(make([][Lane]uint8, 1), make([]float64, 2), nil) })
	assert.Panics(t, func() { WeightedSums(make([][Lane]uint8, 1), make([]float64, 1), []int{1}) })
}

func BenchmarkWeightedSums(b *testing.B) {
	block, values, all := make([][Lane]uint8, 5000), make([]float64, 5000), make([]int, 5000)
	for i := range all {
		all[i], values[i], block[i][i%Lane] = i, float64(i), uint8(i)
	}
	b.Run("c", func(b *testing.B) {
		for b.Loop() {
			WeightedSums(block, values, nil)
		}
	})
	b.Run("go", func(b *testing.B) {
		for b.Loop() {
			plain(block, values, all)
		}
	})
}
