package eval

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/machine"
)

// TestSaturationIsMeasured: on a processor that adds in 16 bits every variant that can saturate is run
// both ways, and no other; the columns say how each multiplies.
func TestSaturationIsMeasured(t *testing.T) {
	cfg := config(t, parse(t, single, `  - {name: ref}
  - {name: int8, image: image.int8-channel.onnx, text: text.int8-channel.onnx}
  - {name: precise, image: image.int8-channel.onnx, text: text.int8-channel.onnx, options: {session.x64quantprecision: "1"}}`))
	cfg.Suite.Skip = []string{"timing", "floor", "swaps", "proof"}
	res := load(t, mustRun(t, cfg).Dir)
	require.Equal(t, machine.ThisProcessor().Class(), *res.Run.CPUClass)
	for i, want := range []string{"", "dynamic U8S8, a scale a channel", "dynamic U8S8, a scale a channel"} {
		v := res.Variants[i]
		require.Equal(t, want, *v.Quantization)
		assert.Equal(t, want != "", v.Integer())
		assert.Equal(t, v.Variant == "precise", v.Precise())
		assert.Equal(t, want != "" && machine.ThisProcessor().Saturates(), v.Saturation != nil)
	}

	// As if it were a processor without VNNI: here both ways come to the same.
	r, err := newRun(cfg)
	require.NoError(t, err)
	r.host.Processor = machine.Abilities{Arch: "amd64", AVX2: true}
	r.openVariants(t.Context())
	require.NoError(t, r.openSets(t.Context()))
	require.NoError(t, r.encode(t.Context()))
	require.NoError(t, r.measureSaturation(t.Context()))
	assert.Nil(t, r.variants[0].Saturation)
	for _, v := range r.variants[1:] {
		require.NotNil(t, v.Saturation, v.Spec.Name)
		if !machine.ThisProcessor().Saturates() {
			assert.Zero(t, *v.Saturation)
		}
	}
	require.NoError(t, r.close())
	require.NoError(t, r.logs.Close())
}
