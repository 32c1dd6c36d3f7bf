package pooling

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPool(t *testing.T) {
	hidden := []float32{1, 2, 3, 4, 5, 0, 9, 9}
	for how, want := range map[string][]float32{CLS: {3, 4}, Last: {5, 0}, EOS: {5, 0}, Mean: {4, 2}, Max: {5, 4}} {
		dst := make([]float32, 2)
		Pool(dst, hidden, how, 1, 2)
		assert.Equal(t, want, dst, how)
	}
}

// TestLayer: a weight, a bias and tanh. Without a weight, a vector keeps its direction, and a zero vector stays zero.
func TestLayer(t *testing.T) {
	l := Layer{In: 2, Out: 3, Weight: []float32{1, 0, 0, 1, 1, 1}, Bias: []float32{0, 1, 2}}
	assert.Equal(t, []float32{3, 5, 9}, l.Apply([]float32{3, 4}))
	l.Bias, l.Tanh = nil, true
	assert.InDeltaSlice(t, []float64{math.Tanh(0.5), math.Tanh(-1), math.Tanh(-0.5)}, l.Apply([]float32{0.5, -1}), 1e-6)
	assert.Equal(t, []float32{0.6, 0.8}, Layer{}.Apply([]float32{3, 4}))
	assert.Equal(t, []float32{0, 0}, Layer{}.Apply([]float32{0, 0}))
}
