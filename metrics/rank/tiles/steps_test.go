package tiles_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/metrics/rank/tiles"
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
	for _, k := range tiles.All() {
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

// Rows of similarities as of 135 pictures that share their labels with a query, among others.
func BenchmarkCount(b *testing.B) {
	const rows, width, relevant = 192, 512, 135
	r := rand.New(rand.NewPCG(3, 3))
	var steps []tiles.Steps
	tile := make([]float32, rows*width)
	for range rows {
		at := make([]float32, relevant)
		for i := range at {
			at[i] = float32(r.NormFloat64()*.12 + .6)
		}
		slices.Sort(at)
		slices.Reverse(at)
		var low, high []float32
		for _, v := range at {
			low, high = append(low, v-1e-5), append(high, v+1e-5)
		}
		steps = append(steps, tiles.NewSteps(low, high))
	}
	for i := range tile {
		tile[i] = float32(r.NormFloat64()*.2 + .3)
	}
	above, near := make([]int32, relevant), make([]int32, width)
	for _, k := range tiles.All() {
		b.Run(k.Name, func(b *testing.B) {
			for b.Loop() {
				for i, s := range steps {
					k.Count(s, tile[i*width:(i+1)*width], above, near)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows/width, "ns/product")
		})
	}
}
