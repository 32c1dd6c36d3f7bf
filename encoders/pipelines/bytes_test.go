package pipelines

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/preprocess/decode"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/internal/machine"
)

// TestBytes: for every pipeline that rounds, the 8-bit samples spread to floats equal the tensor bit by bit, also when the memory is reused. Pipelines that
// differ only in normalisation share the samples.
func TestBytes(t *testing.T) {
	m, pictures := newMaker(t), files(t, 301, 97)
	rounds := map[string]bool{}
	for _, name := range Names() {
		p, err := m.Lookup(name, Options{})
		if errors.Is(err, machine.ErrUnavailable) {
			continue
		}
		require.NoError(t, err)
		if rounds[name] = p.Transform.Rounds(); !rounds[name] {
			assert.Panics(t, func() { _ = p.Transform.Bytes(nil, make([]byte, p.Len())) })
			continue
		}
		other, err := m.Lookup(name, Options{Mean: [3]float32{.1, .2, .3}, Std: [3]float32{1, 2, 3}})
		require.NoError(t, err)
		assert.Equal(t, p.BytesKey(), other.BytesKey())
		assert.NotEqual(t, p.Key(), other.Key())
		want, got, samples := make([]float32, p.Len()), make([]float32, p.Len()), make([]byte, p.Len())
		for kind, data := range pictures {
			refused := p.Run(data, want, func(string, *picture.Picture) {})
			pic, err := decode.Lend(p.Decoder, data)
			require.Equal(t, refused == nil, err == nil, "%s %s", name, kind)
			if err != nil {
				continue
			}
			require.NoError(t, p.Transform.Bytes(pic, samples))
			pic.Return()
			p.Transform.Spread(got, samples)
			assert.True(t, slices.Equal(want, got), "%s %s", name, kind)
		}
	}
	assert.True(t, rounds["original_clip"] && rounds["siglip"] && !rounds["script_based"])
}
