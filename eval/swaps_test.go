package eval

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestSwaps: each stage in which a variant differs has its swap both ways, also of texts, and one
// that differs in a single stage is, with that taken from the reference, the reference.
func TestSwaps(t *testing.T) {
	cfg := config(t, untimed(t, single, `  - {name: ref}
  - {name: hf, tokenizer: hf}
  - {name: both, tokenizer: hf, text: text.int8.onnx}
  - {name: grey, preprocess: grey_conversion}
  - {name: go, preprocess: go_image}`))
	drift := map[string]float64{}
	for _, d := range load(t, mustRun(t, cfg).Dir).Drift {
		if d.Stat == "mean_abs" && (strings.HasPrefix(d.Stage, "swap:") || strings.HasPrefix(d.Stage, "keep:") || d.Stage == "embedding") {
			drift[d.Variant+" "+d.Modality+" "+d.Stage] = d.Value
		}
	}
	for _, stage := range []string{"hf text swap:tokenizer", "hf text keep:tokenizer", "both text swap:tokenizer", "both text swap:model", "both text keep:model",
		"both text keep:tokenizer", "both text swap:all", "grey image swap:colour", "go image swap:resize", "go image keep:resize"} {
		assert.Contains(t, drift, stage)
	}
	assert.Zero(t, drift["grey image keep:colour"])
	assert.Equal(t, drift["grey image embedding"], drift["grey image swap:colour"])
	assert.Equal(t, drift["both text embedding"], drift["both text swap:all"])
	assert.Equal(t, drift["both text swap:model"], drift["both text keep:tokenizer"], "of two stages, one taken is the other kept")
	assert.Positive(t, drift["both text swap:model"])
	assert.NotContains(t, drift, "hf image swap:all")
}
