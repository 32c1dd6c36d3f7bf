package embed

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/fastclip/fastclip/encoders"
)

// TestMatrixConcurrently: rows come back from where they were put, be they in memory or in a file.
func TestMatrixConcurrently(t *testing.T) {
	for name, pass := range map[string]*Pass{"memory": {}, "small": {Scratch: t.TempDir()}, "file": {Scratch: t.TempDir(), large: 1}} {
		t.Run(name, func(t *testing.T) {
			m := pass.matrix(6)
			var g errgroup.Group
			g.Go(func() error {
				return m.scatter([]int{5, 0, 3}, encoders.Embeddings{N: 3, Dim: 2, Data: []float32{50, 51, 1, 2, 30, 31}})
			})
			g.Go(func() error { return m.put(1, encoders.Embeddings{N: 2, Dim: 2, Data: []float32{10, 11, 20, 21}}) })
			require.NoError(t, g.Wait())
			require.NoError(t, m.put(4, encoders.Embeddings{}))
			got, file, err := m.rows(4)
			require.NoError(t, err)
			assert.Equal(t, encoders.Embeddings{N: 4, Dim: 2, Data: []float32{1, 2, 10, 11, 20, 21, 30, 31}}, got)
			assert.Equal(t, name == "file", file != nil)
			none, _, err := pass.matrix(3).rows(0)
			require.NoError(t, err)
			assert.Zero(t, none)
		})
	}
}
