package eval

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/store"
)

// Every variant of a run says where it ran; one that was asked for elsewhere has a reason and no scores.
func TestProofInRun(t *testing.T) {
	cfg := config(t, untimed(t, single, "  - {name: ref}\n  - {name: azure, provider: azure}\n  - {name: xnnpack, provider: xnnpack}"))
	cfg.Suite.Skip = []string{suite.PartTiming, suite.PartFloor, suite.PartSwaps}
	res, err := store.LoadRun(mustRun(t, cfg).Dir)
	require.NoError(t, err)
	ref, azure, xnnpack := res.Variants[0], res.Variants[1], res.Variants[2]
	assert.Equal(t, []float64{1, 1}, []float64{*ref.ProviderNodeShare, *ref.ProviderTimeShare})
	assert.Equal(t, "failed: provider AZURE was requested, but 100 % of nodes ran on CPU (100 % of time) in the image tower", azure.Status+": "+azure.Reason)
	assert.Zero(t, *azure.ProviderNodeShare)
	assert.Equal(t, store.StatusUnavailable, xnnpack.Status)
	assert.Contains(t, xnnpack.Reason, "XNNPACK execution provider is not supported in this build")
	assert.Nil(t, xnnpack.Providers)
	for _, s := range res.Scores {
		assert.Equal(t, "ref", s.Variant)
	}
}
