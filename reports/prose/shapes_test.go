package prose

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/store"
)

func TestOtherShapes(t *testing.T) {
	row := func(variant, modality, stage, stat string, value float64) store.Drift {
		return store.Drift{Dataset: "d", Variant: variant, Modality: modality, Stage: stage, Stat: stat, Value: value, N: 3}
	}
	res := &store.Results{
		Variants: []store.Variant{{Variant: "ref", IsReference: true, Status: "ok"}, {Variant: "v", Status: "ok"}, {Variant: "w", Status: "ok"}},
		Drift: []store.Drift{
			row("v", "image", "normalise", "other_size", 1), row("v", "image", "decode", "other_size", 0.5), row("v", "image", "normalise", "other_size", 1),
			row("v", "text", "embedding", "other_shape", 1), row("w", "image", "normalise", "other_size", 0),
		},
	}
	got := found(res, "other_shape")
	assert.Len(t, got, 1)
	assert.Equal(t, "v: its pictures have another size than the reference's, so resize and normalise are not compared; its text embeddings have another shape than the reference's, so they are not compared", got[0].Text)
}

func TestNotCompared(t *testing.T) {
	rows := []store.Drift{
		{Dataset: "d", Variant: "v", Modality: "image", Stage: "resize", Stat: "other_size", Value: 1, N: 3},
		{Dataset: "d", Variant: "v", Modality: "text", Stage: "embedding", Stat: "other_shape", Value: 1, N: 3},
		{Dataset: "d", Variant: "v", Modality: "image", Stage: "decode", Stat: "other_size", Value: 0.5, N: 3},
	}
	for at, want := range map[[2]string]string{
		{"image", "resize"}: "not compared: another size", {"text", "unit"}: "not compared: another shape", {"image", "decode"}: "", {"image", "unit"}: "",
	} {
		assert.Equal(t, want, notCompared(rows, "v", at[0], at[1]), at)
	}
}
