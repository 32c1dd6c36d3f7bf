package facts

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/store"
)

// TestSampledDrift: a sampled dataset weighs as all of its pictures, and its margin adds to those of others as independent errors do.
func TestSampledDrift(t *testing.T) {
	high, of := 5.0, int64(300)
	whole := store.Drift{Variant: "v", Modality: "image", Stage: "swap:decode", Stat: "mean_abs", Value: 1, N: 100}
	part := whole
	part.Value, part.N, part.CIHigh, part.Of = 3, 60, &high, &of
	_, ok := SampledDrift([]store.Drift{whole}, "v", "image", "swap:decode")
	assert.False(t, ok)
	got, ok := SampledDrift([]store.Drift{whole, part}, "v", "image", "swap:decode")
	assert.True(t, ok)
	assert.Equal(t, Sampled{Margin: 1.5, Share: 0.4}, got)
	assert.EqualValues(t, 2.5, WeightedDrift([]store.Drift{whole, part}, "v", "image", "swap:decode", "mean_abs"))
}
