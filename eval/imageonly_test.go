package eval

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/onnxfile/onnxtest"
	"github.com/fastclip/fastclip/internal/store"
)

// TestImageTowerAlone: an image tower without a text tower is searched image to image, as a variant and
// as the reference.
func TestImageTowerAlone(t *testing.T) {
	both := towers(t, onnxtest.Image(16, 8), onnxtest.Text(8))
	alone := towers(t, onnxtest.Image(16, 8), nil)
	require.NoError(t, os.Remove(filepath.Join(alone, "text.onnx")))
	for _, ref := range []string{"both", "alone"} {
		s := untimed(t, "  - {name: d, scenes: {objects: 1, count: 8, per_set: 2, seed: 1, size: 96x72}}", fmt.Sprintf("  - {name: both, model: %s}\n  - {name: alone, model: %s}\nreference: %s", both, alone, ref))
		res := load(t, mustRun(t, config(t, s)).Dir)
		assert.Equal(t, map[string]string{"both": store.StatusOK, "alone": store.StatusOK}, statuses(res))
		directions := map[string]map[string]bool{"both": {}, "alone": {}}
		for _, row := range res.Scores {
			directions[row.Variant][row.Direction] = true
			assert.Equal(t, row.Variant != ref && row.Direction == store.ImageToImage, row.Delta != nil, "%+v", row)
		}
		assert.Len(t, directions["both"], 3)
		assert.Equal(t, map[string]bool{store.ImageToImage: true}, directions["alone"])
		for _, v := range res.Variants {
			assert.Equal(t, v.Variant == "alone", v.TextFile == "")
		}
		for _, d := range res.Drift {
			assert.False(t, d.Modality == "text" && d.Variant != d.Reference, "%+v", d)
		}
	}
}
