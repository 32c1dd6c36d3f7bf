package variants_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
)

// TestJobTimeIsOfACall: a variant that has many calls may take any time; one call that takes too long ends it.
func TestJobTimeIsOfACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &variants.Variant{Status: store.StatusOK}
		j := variants.Job{Variants: []*variants.Variant{v}, Timeout: 10 * time.Minute}
		takes := func(d time.Duration) {
			require.NoError(t, j.Do(t.Context(), func(ctx context.Context, _ *variants.Variant) error {
				select {
				case <-time.After(d):
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			}))
		}
		for range 5 {
			takes(9 * time.Minute)
		}
		assert.True(t, v.OK())
		takes(11 * time.Minute)
		assert.Equal(t, store.StatusTimeout, v.Status)
	})
}
