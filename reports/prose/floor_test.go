package prose

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/store"
)

func TestNoiseFloor(t *testing.T) {
	res := &store.Results{Variants: []store.Variant{{Variant: "ref", IsReference: true, Status: "ok"}, {Variant: "v", Status: "ok"}}}
	assert.Empty(t, found(res, "noise_floor"), "a run without the rows says nothing")
	row := func(variant, stage string, value float64) {
		res.Drift = append(res.Drift, store.Drift{Variant: variant, Modality: "image", Stage: stage, Stat: "mean_abs", Value: value, N: 10})
	}
	row("ref", "floor:batch1", 0)
	row("ref", "floor:threads", 0)
	row("v", "embedding", 9e-6)
	assert.Equal(t, "ref: repeats itself bit for bit (batch1, threads), so any drift of a variant is its own", found(res, "noise_floor")[0].Text)
	res.Drift[1].Value = 6.4e-7
	assert.Equal(t, "ref: noise floor 6.4e-7 (batch1, threads); v 14.1 times that", found(res, "noise_floor")[0].Text)
}
