package tiles_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/rank/tiles"
)

// thresholds are descending, of few different values where those are few, with room of slack around each.
func thresholds(r *rand.Rand, n, values int, slack float32) (low, high []float32) {
	at := make([]float32, n)
	for i := range at {
		at[i] = float32(r.IntN(values)) / float32(values)
	}
	slices.Sort(at)
	slices.Reverse(at)
	for _, v := range at {
		low, high = append(low, v-slack), append(high, v+slack)
	}
	return low, high
}

func TestCount(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, k := range every() {
		for range 200 {
			n := 1 + r.IntN(300)
			low, high := thresholds(r, n, 1+r.IntN(1000), []float32{1e-7, 1e-4, 0.01, 3}[r.IntN(4)])
			row := []float32{float32(math.Inf(-1)), -3, 5, low[0], high[n-1]}
			for range r.IntN(700) {
				row = append(row, r.Float32()*1.2-.1)
			}
			var near []int32
			above := make([]int32, n)
			for i, v := range row {
				surely := 0
				for surely < n && high[surely] >= v {
					surely++
				}
				if surely > 0 && low[surely-1] <= v {
					near = append(near, int32(i))
				} else if surely < n {
					above[surely]++
				}
			}
			got := make([]int32, n)
			s := tiles.NewSteps(low, high)
			require.Equal(t, near, append([]int32(nil), k.Count(s, row, got, make([]int32, len(row)))...), k.Name)
			require.Equal(t, above, got, k.Name)
			for _, i := range near {
				from, to := s.Around(row[i])
				for th := range n {
					if is := low[th] <= row[i] && row[i] <= high[th]; is != (from <= th && th < to) {
						require.Fail(t, "around", "%v: threshold %d of %v, %v: %d to %d", row[i], th, low, high, from, to)
					}
				}
			}
		}
	}
}

func BenchmarkCount(b *testing.B) {
	r := rand.New(rand.NewPCG(3, 3))
	low, high := thresholds(r, 135, 1e6, 1e-5)
	row, above, near := make([]float32, 512), make([]int32, 135), make([]int32, 512)
	for i := range row {
		row[i] = float32(r.NormFloat64()*.2 + .2)
	}
	s := tiles.NewSteps(low, high)
	for _, k := range every() {
		b.Run(k.Name, func(b *testing.B) {
			for b.Loop() {
				k.Count(s, row, above, near)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/512, "ns/product")
		})
	}
}
