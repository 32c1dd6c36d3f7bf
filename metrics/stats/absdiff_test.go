package stats_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/testenv"
	"github.com/fastclip/fastclip/metrics/stats"
)

// pair is what two pipelines give: a quarter of the values equal, the others close.
func pair(n int, seed uint64) (a, b []float32) {
	r := rand.New(rand.NewPCG(seed, 1))
	a, b = make([]float32, n), make([]float32, n)
	for i := range a {
		a[i] = float32(r.NormFloat64())
		b[i] = a[i] + float32(r.NormFloat64()*0.01)
		if r.IntN(4) == 0 {
			b[i] = a[i]
		}
	}
	return a, b
}

type summary struct {
	Mean, Max, P99 float64
	N              int64
}

func result(d *stats.AbsDiff) (s summary) {
	s.Mean, s.Max, s.P99, s.N = d.Result()
	return s
}

func of(a, b []float32) summary {
	var d stats.AbsDiff
	d.Add(a, b)
	return result(&d)
}

func TestAbsDiff(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	tiny, huge := float32(math.SmallestNonzeroFloat32), float32(math.MaxFloat32)
	hundred := make([]float32, 100)
	hundred[40] = 4
	zeros := make([]float32, 100)
	moreNaN := append([]float32{nan, nan}, hundred...)
	for name, c := range map[string]struct {
		a, b []float32
		want summary
	}{
		"none":                  {nil, nil, summary{}},
		"equal":                 {[]float32{1, 2}, []float32{1, 2}, summary{N: 2}},
		"one":                   {[]float32{1}, []float32{3}, summary{2, 2, 2, 1}},
		"sign":                  {[]float32{3, -1, 0}, []float32{1, 1, 2}, summary{2, 2, 2, 3}},
		"99 of 100 are 0":       {hundred, zeros, summary{0.04, 4, 0, 100}},
		"98 of 99 are 0":        {hundred[1:], zeros[1:], summary{4.0 / 99, 4, 4, 99}},
		"smallest":              {[]float32{tiny}, []float32{0}, summary{float64(tiny), float64(tiny), float64(tiny), 1}},
		"smallest of both":      {[]float32{tiny}, []float32{-tiny}, summary{2 * float64(tiny), 2 * float64(tiny), 2 * float64(tiny), 1}},
		"greatest":              {[]float32{huge}, []float32{-huge}, summary{2 * float64(huge), 2 * float64(huge), 2 * float64(huge), 1}},
		"Inf":                   {[]float32{0, inf, 1}, []float32{0, 0, 0}, summary{math.Inf(1), math.Inf(1), math.Inf(1), 3}},
		"one Inf of 101":        {append([]float32{-inf}, hundred...), append([]float32{0}, zeros...), summary{math.Inf(1), math.Inf(1), 4, 101}},
		"Inf of both is no 0":   {[]float32{inf}, []float32{inf}, summary{math.NaN(), math.NaN(), math.NaN(), 1}},
		"NaN before Inf":        {[]float32{0, nan, inf}, []float32{0, 0, 0}, summary{math.NaN(), math.NaN(), math.NaN(), 3}},
		"one NaN of 101":        {moreNaN[1:], make([]float32, 101), summary{math.NaN(), math.NaN(), 4, 101}},
		"two NaN of 102, early": {moreNaN, make([]float32, 102), summary{math.NaN(), math.NaN(), math.NaN(), 102}},
	} {
		t.Run(name, func(t *testing.T) {
			got := of(c.a, c.b)
			assert.Equal(t, c.want.N, got.N)
			near(t, c.want.Mean, got.Mean, 1e-15)
			near(t, c.want.Max, got.Max, 0)
			near(t, c.want.P99, got.P99, 0.01)
			near(t, c.want.Mean, of(c.b, c.a).Mean, 1e-15)
		})
	}
}

// near compares relatively; equal NaN, Inf and zeros are near.
func near(t testing.TB, want, got, rel float64) {
	t.Helper()
	if math.IsNaN(want) && math.IsNaN(got) || want == got {
		return
	}
	assert.LessOrEqual(t, math.Abs(want-got), rel*math.Abs(want), "want %g, got %g", want, got)
}

// Any splitting gives the same: pieces of any length, merged or added, through bytes.
func TestAbsDiffSplit(t *testing.T) {
	a, b := pair(200_000, 3)
	for i := range a {
		if i%1000 == 0 {
			a[i] *= 1e20 // sums that a plain one loses the others in
		}
	}
	whole := of(a, b)
	exact := new(big.Float).SetPrec(300)
	for i := range a {
		exact.Add(exact, big.NewFloat(math.Abs(float64(a[i])-float64(b[i]))))
	}
	sum, _ := exact.Float64()
	near(t, sum/float64(len(a)), whole.Mean, 1e-12)
	for _, most := range []int{1, 7, 3000, 100_000} {
		r := rand.New(rand.NewPCG(uint64(most), 0))
		var total stats.AbsDiff
		for x, y := a, b; len(x) > 0; {
			n := min(1+r.IntN(most), len(x))
			if most < 3000 {
				total.Add(x[:n], y[:n])
			} else {
				var part, back stats.AbsDiff
				part.Add(x[:n], y[:n])
				data, err := part.MarshalBinary()
				require.NoError(t, err)
				require.NoError(t, back.UnmarshalBinary(data))
				total.Merge(&back)
			}
			x, y = x[n:], y[n:]
		}
		got := result(&total)
		near(t, whole.Mean, got.Mean, 1e-12)
		got.Mean = whole.Mean
		assert.Equal(t, whole, got)
	}
}

// A million small differences behind a great one count, also through bytes and Merge.
func TestAbsDiffCompensates(t *testing.T) {
	const n = 1_000_000
	small := []float32{1e-16}
	var d, back, total stats.AbsDiff
	d.Add([]float32{1}, []float32{0})
	for range n {
		d.Add(small, []float32{0})
	}
	data, err := d.MarshalBinary()
	require.NoError(t, err)
	require.NoError(t, back.UnmarshalBinary(data))
	total.Add([]float32{1}, []float32{0})
	total.Merge(&back)
	near(t, (1+n*float64(small[0]))/(n+1), result(&d).Mean, 1e-14)
	near(t, (2+n*float64(small[0]))/(n+2), result(&total).Mean, 1e-14)
}

func TestAbsDiffMergeEmpty(t *testing.T) {
	var d, empty stats.AbsDiff
	d.Merge(&empty)
	assert.Equal(t, summary{}, result(&d))
	d.Add([]float32{2}, []float32{1})
	d.Merge(&empty)
	empty.Merge(&d)
	assert.Equal(t, result(&d), result(&empty))
	assert.Panics(t, func() { d.Add([]float32{1}, nil) })
}

func TestAbsDiffAgainstNumpy(t *testing.T) {
	uv := testenv.UV(t)
	cmd := exec.Command(uv, "run", "--quiet", "--script", filepath.Join(testenv.Root(t), "testdata", "oracles", "abs_diff.py"))
	var stdin, stderr bytes.Buffer
	var mine []summary
	for i, n := range []int{1, 2, 99, 100, 101, 4096, 150_528} {
		a, b := pair(n, uint64(i))
		mine = append(mine, of(a, b))
		require.NoError(t, json.NewEncoder(&stdin).Encode(map[string]any{"a": a, "b": b}))
	}
	cmd.Stdin, cmd.Stderr = &stdin, &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	for lines := json.NewDecoder(bytes.NewReader(out)); lines.More(); mine = mine[1:] {
		var want summary
		require.NoError(t, lines.Decode(&want))
		assert.Equal(t, want.N, mine[0].N)
		near(t, want.Mean, mine[0].Mean, 1e-12)
		near(t, want.Max, mine[0].Max, 0)
		near(t, want.P99, mine[0].P99, 0.01)
	}
	assert.Empty(t, mine)
}

func BenchmarkAbsDiffAdd(b *testing.B) {
	x, y := pair(150_528, 1)
	var d stats.AbsDiff
	for b.Loop() {
		d.Add(x, y)
	}
	b.ReportMetric(float64(b.N)*150_528/b.Elapsed().Seconds()/1e6, "Mvalues/s")
}
