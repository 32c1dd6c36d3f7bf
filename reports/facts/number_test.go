package facts

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNumberAsJSON(t *testing.T) {
	got, err := json.Marshal([]Number{1, 0.5, 1e-300, Number(math.NaN()), Number(math.Inf(-1))})
	require.NoError(t, err)
	assert.JSONEq(t, `[1, 0.5, 1e-300, null, null]`, string(got))
}
