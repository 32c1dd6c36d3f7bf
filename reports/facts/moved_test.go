package facts

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNoiseLimit: a report and the gate mean the same by a limit.
func TestNoiseLimit(t *testing.T) {
	policy, err := os.ReadFile("../../judge/gate/policy.yaml")
	require.NoError(t, err)
	assert.Contains(t, string(policy), "drift: {mean_abs: 1e-4,")
	assert.Contains(t, string(policy), "floor_factor: 20 ")
	assert.Equal(t, 1e-4, noiseLimit)
	assert.Equal(t, 20, floorTimes)
}
