package compare_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/compare"
)

// turnedBy is rows turned in each pair of dimensions by an angle, with noise.
func turnedBy(rows [][]float32, angle, noise float64, rng *rand.Rand) [][]float32 {
	out := make([][]float32, len(rows))
	for i, r := range rows {
		out[i] = make([]float32, len(r))
		for k := 0; k+1 < len(r); k += 2 {
			x, y := float64(r[k]), float64(r[k+1])
			out[i][k] = float32(x*math.Cos(angle) - y*math.Sin(angle) + noise*rng.NormFloat64())
			out[i][k+1] = float32(x*math.Sin(angle) + y*math.Cos(angle) + noise*rng.NormFloat64())
		}
	}
	return out
}

// towers is a run of one variant whose text i asks for picture i.
func towers(texts, images [][]float32) (r compare.Run, hits []bool) {
	r = run(0)
	r.Queries, r.Scores = nil, nil
	sim := func(a, b []float32) float64 {
		var ab, aa, bb float64
		for i := range a {
			ab, aa, bb = ab+float64(a[i])*float64(b[i]), aa+float64(a[i])*float64(a[i]), bb+float64(b[i])*float64(b[i])
		}
		return ab / math.Sqrt(aa*bb)
	}
	for i, t := range texts {
		best := -2.0
		for k, v := range images {
			if k != i {
				best = max(best, sim(t, v))
			}
		}
		margin := sim(t, images[i]) - best
		hits = append(hits, margin > 0)
		r.Queries = append(r.Queries, store.Query{Dataset: "d", Variant: r.Variants[0].Variant, Direction: "t2i", QueryID: fmt.Sprint(i), Metric: "R@1", MarginAtK: &margin, TopHits: []bool{}})
	}
	r.Embeddings = func(_, _, modality string) (out []store.Embedding, err error) {
		rows := images
		if modality == "text" {
			rows = texts
		}
		for i, v := range rows {
			out = append(out, store.Embedding{ID: fmt.Sprint(i), Embedding: v})
		}
		return out, nil
	}
	return r, hits
}

// TestTurnedSpace: a space that was turned as a whole changes nothing, and is certain to; no query whose outcome
// changed is ever counted as certain.
func TestTurnedSpace(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	const n, dim = 30, 8
	saved := 0
	for range 40 {
		images, texts := make([][]float32, n), make([][]float32, n)
		for i := range n {
			images[i], texts[i] = make([]float32, dim), make([]float32, dim)
			for k := range dim {
				images[i][k] = float32(rng.NormFloat64())
				texts[i][k] = images[i][k] + float32(0.5*rng.NormFloat64())
			}
		}
		base, was := towers(texts, images)
		for _, noise := range []float64{0, 1e-3, 0.03} {
			angle := rng.Float64()
			head, now := towers(turnedBy(texts, angle, noise, rng), turnedBy(images, angle, noise, rng))
			c := compare.Runs(base, head, compare.Options{})
			require.Len(t, c.Budgets, 1)
			changed := 0
			for i := range was {
				if was[i] != now[i] {
					changed++
				}
			}
			assert.LessOrEqual(t, changed, c.Budgets[0].Uncertain)
			if saved += n - c.Budgets[0].Uncertain; noise == 0 {
				assert.LessOrEqual(t, c.Budgets[0].Uncertain, 1, "turned by %g alone", angle)
			}
		}
	}
	assert.Greater(t, saved, 40*n*3/2)
}
