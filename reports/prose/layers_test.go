package prose

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/store"
)

func TestLayersLine(t *testing.T) {
	quiet := store.LayerTower{Tower: "image", Precision: "fp32", Drift: 2e-7}
	int8 := store.LayerTower{Tower: "image", Precision: "int8", Drift: 0.036, Blocks: []store.LayerBlock{{Block: "image_blocks.0", OwnShare: 0.3}, {Block: "image_blocks.1", OwnShare: 0.44}}}
	jump := store.LayerTower{Tower: "text", Drift: 0.02, Jump: &store.LayerJump{Block: "text_blocks.1", Operator: "c_fc", OwnShare: 1, Looks: "changed weights", Why: "c_fc.weight: 1.02 times the reference's", Others: []string{"a", "b", "c", "d"}}}
	broken := store.LayerTower{Tower: "text", Drift: store.LayerNumber(math.Inf(1)), Jump: &store.LayerJump{Block: "x", OwnShare: store.LayerNumber(math.Inf(1)), Looks: "precision", Why: "fp16 overflows"}}
	for want, towers := range map[string][]store.LayerTower{
		"image tower: no block stands out: no drift beyond rounding (2.0e-7 of the embedding).":                                                                                      {quiet},
		"image tower: no block stands out: the drift (3.6 % of the embedding) looks like precision (int8); the largest own part is that of image_blocks.1, 44 % of the final drift.": {int8},
		"text tower: drift jumps first at x; its own part is no number; it looks like precision: fp16 overflows.":                                                                    {broken},
		"image tower: not compared: too few.": {{Tower: "image", Refused: "too few"}},
		"text tower: drift jumps first at text_blocks.1 (c_fc); its own part is 100 % of the final drift; it looks like changed weights: c_fc.weight: 1.02 times the reference's; it jumps at a, b, c and 1 more too. " +
			"image tower: no block stands out: no drift beyond rounding (2.0e-7 of the embedding).": {quiet, jump},
	} {
		assert.Equal(t, want, LayersLine(store.Layers{Towers: towers}))
	}
}

func TestPartsBesideTheWhole(t *testing.T) {
	tower := func(drift store.LayerNumber, shares ...store.LayerNumber) store.LayerTower {
		out := store.LayerTower{Drift: drift}
		for _, s := range shares {
			out.Blocks = append(out.Blocks, store.LayerBlock{OwnShare: s})
		}
		return out
	}
	assert.Contains(t, partsLine(tower(0.1, 0.6, 0.8)), "is 140 % of the final drift, the root of the sum of their squares 100 %: they add up as independent errors do")
	assert.Contains(t, partsLine(tower(0.1, 0.5, 0.5)), "they interact: together they do more")
	assert.Contains(t, partsLine(tower(0.1, 3, 3)), "they interact: together they do less")
	assert.Empty(t, partsLine(tower(1e-7, 3, 3)), "rounding")
	assert.Empty(t, partsLine(tower(0.1, store.LayerNumber(math.Inf(1)))))
}
