package procrustes

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"github.com/fastclip/fastclip/metrics/rank"
)

func random(n, dim int, seed uint64) rank.Unit {
	r := rand.New(rand.NewPCG(seed, 1))
	u := rank.Unit{N: n, Dim: dim, Data: make([]float64, n*dim)}
	for i := range u.Data {
		u.Data[i] = r.NormFloat64()
	}
	return u
}

// graded has singular values that fall from 1 to least by equal factors.
func graded(n int, least float64) rank.Unit {
	u, v := *bySVD(random(n, n, 5)), *bySVD(random(n, n, 6))
	for i := range u.Data {
		u.Data[i] *= math.Pow(least, float64(i%n)/float64(n-1))
	}
	return u.Times(v)
}

// TestPolar: the polar factor is orthogonal, and aligns as much as the one by the singular value decomposition.
func TestPolar(t *testing.T) {
	of := func(n int, data ...float64) rank.Unit { return rank.Unit{N: n, Dim: n, Data: data} }
	thin := random(9, 60, 3).Transposed()
	for name, c := range map[string]struct {
		m     rank.Unit
		stays bool // a singular value stays 0
	}{
		"one":               {m: of(1, -3)},
		"identity":          {m: of(2, 1, 0, 0, 1)},
		"mirror":            {m: of(2, 0, 1e-200, 1e-200, 0)},
		"nilpotent":         {m: of(2, 0, 0, 1e9, 0)},
		"zero":              {m: of(2, 0, 0, 0, 0), stays: true},
		"against the seed":  {m: of(2, 1, 0, 0, -seed), stays: true},
		"random":            {m: random(70, 70, 2)},
		"rank 9 of 60":      {m: thin.Times(random(9, 60, 4).Transposed())},
		"symmetric, rank 9": {m: thin.Times(thin)},
		"condition 1e3":     {m: graded(130, 1e-3)},
		"condition 1e8":     {m: graded(97, 1e-8)},
		"condition 1e15":    {m: graded(64, 1e-15)},
		"condition 1e300":   {m: graded(64, 1e-300)},
	} {
		t.Run(name, func(t *testing.T) {
			r := polar(c.m)
			if c.stays {
				require.Nil(t, r)
				return
			}
			require.NotNil(t, r)
			off := r.Times(*r)
			addDiagonal(off, -1)
			assert.Less(t, floats.Norm(off.Data, 2), 1e-13*float64(c.m.N))
			most := floats.Dot(bySVD(c.m).Data, c.m.Data)
			assert.InEpsilon(t, most, floats.Dot(r.Data, c.m.Data), 1e-13*float64(c.m.N))
		})
	}
}

// TestFindWithoutPolar: the singular value decomposition finds the mirror that the polar iteration cannot.
func TestFindWithoutPolar(t *testing.T) {
	root := math.Sqrt(seed)
	ref := rank.Unit{N: 2, Dim: 2, Data: []float64{1, 0, 0, root}}
	own := rank.Unit{N: 2, Dim: 2, Data: []float64{1, 0, 0, -root}}
	r, slack := Find(Tower{Ref: ref, Own: own})
	require.NotNil(t, r)
	assert.InDeltaSlice(t, []float64{1, 0, 0, -1}, r.Data, 1e-14)
	assert.Less(t, slack, 1e-12)
}

func BenchmarkPolar(b *testing.B) {
	for name, m := range map[string]rank.Unit{"condition 1e3": graded(512, 1e-3), "condition 1e15": graded(512, 1e-15)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				require.NotNil(b, polar(m))
			}
		})
	}
}
