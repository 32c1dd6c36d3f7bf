package embed

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/encoders"
)

func TestScattered(t *testing.T) {
	parts := []encoders.Embeddings{{N: 2, Dim: 1, Data: []float32{30, 10}}, {N: 1, Dim: 1, Data: []float32{20}}}
	assert.Equal(t, encoders.Embeddings{N: 3, Dim: 1, Data: []float32{10, 20, 30}}, scattered(parts, []int{2, 0, 1}))
	assert.Zero(t, scattered(nil, nil))
}
