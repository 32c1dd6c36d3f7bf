package bench

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPerSecondConcurrently: each goroutine has its own job, and one that fails ends them all.
func TestPerSecondConcurrently(t *testing.T) {
	var made, done atomic.Int64
	rate, err := perSecond(t.Context(), parallelJob{"counted", func() func() error {
		made.Add(1)
		return func() error { done.Add(1); return nil }
	}}, 2)
	require.NoError(t, err)
	assert.EqualValues(t, 2, made.Load())
	assert.Positive(t, rate)

	broken := errors.New("broken")
	_, err = perSecond(t.Context(), parallelJob{"failing", func() func() error {
		return func() error { return broken }
	}}, 2)
	require.ErrorIs(t, err, broken)
	assert.ErrorContains(t, err, "failing: broken")
}
