package stats_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/metrics/stats"
)

// orders say which of n calls are on the higher level, so that count are.
var orders = []struct {
	name string
	of   func(rng *rand.Rand, count, n int) []bool
}{
	{"at random", func(rng *rand.Rand, count, n int) []bool { return blocks(rng, count, n, 1) }},
	{"in turn", func(_ *rand.Rand, count, n int) []bool {
		out := make([]bool, n)
		for i := range out {
			out[i] = (i+1)*count/n > i*count/n
		}
		return out
	}},
	{"in blocks of 5", func(rng *rand.Rand, count, n int) []bool { return blocks(rng, count, n, 5) }},
	{"in blocks of 10", func(rng *rand.Rand, count, n int) []bool { return blocks(rng, count, n, 10) }},
	{"in one block in the middle", func(_ *rand.Rand, count, n int) []bool {
		out := make([]bool, n)
		for i := range count {
			out[(n-count)/2+i] = true
		}
		return out
	}},
}

// blocks puts whole blocks on the higher level, at random.
func blocks(rng *rand.Rand, count, n, size int) []bool {
	out, order := make([]bool, n), rng.Perm(n/size)
	for _, b := range order[:count/size] {
		for i := range size {
			out[b*size+i] = true
		}
	}
	return out
}

// levels is a series of 100 calls on the levels 1 and 1.15.
func levels(rng *rand.Rand, noise, share float64, order func(*rand.Rand, int, int) []bool) []float64 {
	out := make([]float64, 100)
	for i, high := range order(rng, int(math.Round(share*100)), 100) {
		if out[i] = 1 + noise*rng.NormFloat64(); high {
			out[i] *= 1.15
		}
	}
	return out
}

var levelShares = []float64{0.1, 0.3, 0.5, 0.7, 0.9}

// noises are kinds of noise around one level.
var noises = []struct {
	name string
	of   func(rng *rand.Rand, scale float64) float64
}{
	{"normal", func(rng *rand.Rand, s float64) float64 { return 1 + s*rng.NormFloat64() }},
	{"lognormal", func(rng *rand.Rand, s float64) float64 { return math.Exp(s * rng.NormFloat64()) }},
	{"Laplace", func(rng *rand.Rand, s float64) float64 { return 1 + s*(rng.ExpFloat64()-rng.ExpFloat64()) }},
	{"exponential", func(rng *rand.Rand, s float64) float64 { return 1 + s*rng.ExpFloat64() }},
	{"t(3)", func(rng *rand.Rand, s float64) float64 { return 1 + s*heavy(rng, 3) }},
	{"t(2)", func(rng *rand.Rand, s float64) float64 { return 1 + s*heavy(rng, 2) }},
}

// heavy is a draw of Student's t with so many degrees of freedom.
func heavy(rng *rand.Rand, freedom int) float64 {
	var squares float64
	for range freedom {
		z := rng.NormFloat64()
		squares += z * z
	}
	return rng.NormFloat64() / math.Sqrt(squares/float64(freedom))
}

// around is a series of n calls on one level.
func around(rng *rand.Rand, n int, scale float64, of func(*rand.Rand, float64) float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = max(0.5, of(rng, scale))
	}
	return out
}

// TestTwoLevelsAreNotFlat: levels five standard deviations apart are seen, whatever their shares and order.
func TestTwoLevelsAreNotFlat(t *testing.T) {
	for _, order := range orders {
		flat := 0
		for _, share := range levelShares {
			for seed := range uint64(15) {
				if stats.Steady(levels(rand.New(rand.NewPCG(seed, 21)), 0.03, share, order.of)).Shape == stats.ShapeFlat {
					flat++
				}
			}
		}
		assert.LessOrEqual(t, flat, 2, "of 75 series, %s", order.name)
	}
}

// TestNoiseIsNotTwoLevels: tails of any common kind are no second level.
func TestNoiseIsNotTwoLevels(t *testing.T) {
	for _, noise := range noises {
		for _, n := range []int{30, 100} {
			wrong := 0
			for seed := range uint64(50) {
				if stats.Steady(around(rand.New(rand.NewPCG(seed, 22)), n, 0.03, noise.of)).Shape == stats.ShapeModes {
					wrong++
				}
			}
			assert.LessOrEqual(t, wrong, 1, "of 50 series of %d, %s", n, noise.name)
		}
	}
}

// TestCalibrationOfShapes prints the rates of docs/bench.md: ten series for each of FASTCLIP_NIGHTS.
func TestCalibrationOfShapes(t *testing.T) {
	if os.Getenv("FASTCLIP_NIGHTS") == "" {
		t.Skip("FASTCLIP_NIGHTS says how much to simulate")
	}
	nights, err := strconv.Atoi(os.Getenv("FASTCLIP_NIGHTS"))
	require.NoError(t, err, "FASTCLIP_NIGHTS")
	count := func(stream uint64, series func(rng *rand.Rand) []float64, shape string) string {
		k := 0
		for seed := range uint64(10 * nights) {
			if stats.Steady(series(rand.New(rand.NewPCG(seed, stream)))).Shape == shape {
				k++
			}
		}
		return fmt.Sprintf("%.1f %%", float64(10*k)/float64(nights))
	}
	fmt.Printf("| levels 1 and 1.15, %d series of 100 calls for each share: said to be flat | 10 %% | 30 %% | 50 %% | 70 %% | 90 %% |\n|---|--:|--:|--:|--:|--:|\n", 10*nights)
	for _, noise := range []float64{0.01, 0.02, 0.03} {
		some := orders[:1]
		if noise == 0.03 {
			some = orders
		}
		for _, order := range some {
			var cells []string
			for _, share := range levelShares {
				cells = append(cells, count(23, func(rng *rand.Rand) []float64 { return levels(rng, noise, share, order.of) }, stats.ShapeFlat))
			}
			fmt.Printf("| noise %g %%, %s | %s |\n", 100*noise, order.name, strings.Join(cells, " | "))
		}
	}
	fmt.Printf("\n| a trend over 100 calls, %d series each: said to be flat | noise 1 %% | 2 %% | 3 %% |\n|---|--:|--:|--:|\n", 10*nights)
	for _, by := range []float64{0.05, -0.05} {
		var cells []string
		for _, noise := range []float64{0.01, 0.02, 0.03} {
			cells = append(cells, count(24, func(rng *rand.Rand) []float64 {
				out := around(rng, 100, noise, noises[0].of)
				for i := range out {
					out[i] *= 1 + by*float64(i)/99
				}
				return out
			}, stats.ShapeFlat))
		}
		fmt.Printf("| %+.0f %% from the first to the last | %s |\n", 100*by, strings.Join(cells, " | "))
	}
	lengths := []int{30, 64, 100, 200}
	fmt.Printf("\n| one level, %d series each: said to have two | 30 calls | 64 | 100 | 200 |\n|---|--:|--:|--:|--:|\n", 10*nights)
	for _, noise := range noises {
		scales := []float64{0.03}
		if strings.HasPrefix(noise.name, "t") {
			scales = []float64{0.01, 0.03}
		}
		for _, scale := range scales {
			var cells []string
			for _, n := range lengths {
				cells = append(cells, count(13, func(rng *rand.Rand) []float64 { return around(rng, n, scale, noise.of) }, stats.ShapeModes))
			}
			fmt.Printf("| %s noise of %g %% | %s |\n", noise.name, 100*scale, strings.Join(cells, " | "))
		}
	}
}
