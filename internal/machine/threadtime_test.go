package machine

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestThreadTime: work of microseconds is measured, not only work longer than a kernel tick.
func TestThreadTime(t *testing.T) {
	sum, none := 0.0, 0
	for range 20 {
		took, err := ThreadTime(func() error {
			for i := range 20_000 {
				sum += float64(i)
			}
			return nil
		})
		require.NoError(t, err)
		if took <= 0 {
			none++
		}
	}
	assert.Positive(t, sum)
	assert.Zero(t, none)
	failed := errors.New("failed")
	_, err := ThreadTime(func() error { return failed })
	assert.ErrorIs(t, err, failed)
}
