package compare_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/compare"
)

// placed is a run with one text, which has this margin at 1, and these pictures.
func placed(margin float64, text []float32, images ...[]float32) compare.Run {
	r := run(0)
	r.Queries[0].MarginAtK, r.Queries[0].TopHits = &margin, []bool{}
	r.Embeddings = func(_, _, modality string) ([]store.Embedding, error) {
		if modality == "text" {
			return []store.Embedding{{ID: r.Queries[0].QueryID, Embedding: text}}, nil
		}
		var out []store.Embedding
		for i, v := range images {
			out = append(out, store.Embedding{ID: string(rune('a' + i)), Embedding: v})
		}
		return out, nil
	}
	return r
}

func uncertain(t *testing.T, base, head compare.Run) int {
	c := compare.Runs(base, head, compare.Options{})
	require.Len(t, c.Budgets, 1)
	return c.Budgets[0].Uncertain
}

// A drift that all pictures share changes no order, and one picture that moves apart may.
func TestSharedDriftIsCertain(t *testing.T) {
	text := []float32{1, 1, 0}
	base := placed(0.1, text, []float32{5, 1, 0}, []float32{5, -1, 0}, []float32{5, 0, 1})
	shared := placed(0.1, text, []float32{5, 1, 0.5}, []float32{5, -1, 0.5}, []float32{5, 0, 1.5})
	apart := placed(0.1, text, []float32{5, 1, 0.5}, []float32{5, -1, -0.5}, []float32{5, 0, 1.5})
	assert.Zero(t, uncertain(t, base, shared), "by 0.1, of which 0.05 would be too much")
	assert.Equal(t, 1, uncertain(t, base, apart))
}

// In a plane both bounds are nearly reached: what turns the order round is never certain.
func TestWorstDrift(t *testing.T) {
	at := func(degrees float64) []float32 {
		return []float32{float32(math.Cos(degrees * math.Pi / 180)), float32(math.Sin(degrees * math.Pi / 180))}
	}
	cos := func(a float64) float64 { return math.Cos(a * math.Pi / 180) }
	certain := 0
	for _, gap := range []float64{0.5, 2, 5} {
		for by := 0.5; by < 1.5; by += 0.01 {
			turn := by * gap / 4
			n := uncertain(t, placed(cos(80)-cos(80+gap), at(0), at(80), at(-80-gap)), placed(0, at(-turn), at(80+turn), at(-80-gap+turn)))
			if cos(80+2*turn) <= cos(80+gap-2*turn) {
				assert.Equal(t, 1, n, "gap %g, by %g", gap, by)
			} else {
				certain += 1 - n
			}
		}
	}
	assert.Greater(t, certain, 100)
}
