package prose

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
)

// TestSaturationIsOneFinding: all variants in one sentence, those that the option spares apart.
func TestSaturationIsOneFinding(t *testing.T) {
	class, plain, precise, by, none := "amd64-avx2", "{}", `{"session.x64quantprecision":"1"}`, 0.09, 0.0
	res := &store.Results{Run: store.Run{CPUClass: &class}, Variants: []store.Variant{
		{Variant: "fp32", Status: store.StatusOK},
		{Variant: "int8", Status: store.StatusOK, Options: &plain, Saturation: &by},
		{Variant: "int8-channel", Status: store.StatusOK, Options: &plain, Saturation: &by},
		{Variant: "careful", Status: store.StatusOK, Options: &precise, Saturation: &by},
		{Variant: "lucky", Status: store.StatusOK, Options: &plain, Saturation: &none},
		{Variant: "failed", Status: "failed", Options: &plain, Saturation: &by},
	}}
	got := found(res, "saturation")
	require.Len(t, got, 1)
	assert.Contains(t, got[0].Text, "on this processor (amd64-avx2, without VNNI) sums of 8-bit products saturate")
	assert.Contains(t, got[0].Text, "with and without the option that avoids it (mean |a-b|): int8 (0.09)")
	assert.Contains(t, got[0].Text, `int8 (0.09), int8-channel (0.09): these numbers hold only on such processors; to avoid this, set options: {session.x64quantprecision: "1"}`)
	assert.Contains(t, got[0].Text, "careful (0.09): not affected in this run")
	assert.NotContains(t, got[0].Text, "lucky")
	assert.Empty(t, found(&store.Results{Variants: res.Variants[:1]}, "saturation"))
}
