package eval

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
)

// TestNoiseFloor: dynamic int8 scales its activations by the batch, so that who is in it matters;
// a second run of the very same is the same to the bit.
func TestNoiseFloor(t *testing.T) {
	cfg := config(t, untimed(t, "  - {name: single, scenes: {objects: 1, count: 40, seed: 5, size: 96x72}}",
		`  - {name: ref/mini, image: image.int8.onnx, text: text.int8.onnx, precision: int8, batch: 4}
  - {name: other/mini}`))
	out := mustRun(t, cfg)
	res, err := store.LoadRun(out.Dir, store.TableDrift)
	require.NoError(t, err)
	floors := map[string]float64{}
	for _, d := range res.Drift {
		if d.Variant == "ref/mini" && d.Stat == "mean_abs" {
			assert.Equal(t, "ref/mini", d.Reference)
			floors[d.Modality+" "+d.Stage] = d.Value
		}
	}
	for _, modality := range []string{"image", "text"} {
		assert.Zero(t, floors[modality+" floor:twice"])
		assert.Positive(t, floors[modality+" floor:shuffled"])
		assert.Positive(t, floors[modality+" floor:batch1"])
		assert.Contains(t, floors, modality+" floor:threads")
	}
	assert.Len(t, floors, 8)
}
