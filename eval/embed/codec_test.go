package embed

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/encoders"
)

func FuzzEmbeddingsUnmarshal(f *testing.F) {
	f.Add(Marshal(encoders.Embeddings{N: 2, Dim: 1, Data: []float32{1, 2}}))
	f.Add([]byte{0, 0, 0, 128, 0, 0, 0, 128})
	f.Add([]byte{255, 255, 255, 255, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Unmarshal(data)
		if err == nil {
			assert.Len(t, e.Data, e.N*e.Dim)
			assert.Equal(t, data, Marshal(e))
		}
	})
}
