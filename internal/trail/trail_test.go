package trail_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/trail"
)

// TestTrail: the last step is read back, also after a longer one. A change of the patience alone is also recorded.
func TestTrail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trail")
	assert.Zero(t, trail.Read(path))
	x, err := trail.New(path)
	require.NoError(t, err)
	last := func() (string, string, time.Duration) {
		s := trail.Read(path)
		assert.False(t, s.At.IsZero())
		return s.Phase, s.What, s.Patience
	}
	for _, want := range []trail.Step{{Phase: "opening variants", What: "a variant with a long name"}, {Phase: "embedding"}, {Phase: "embedding", Patience: time.Minute}} {
		x.At(want.Phase, want.What, want.Patience)
		phase, what, patience := last()
		assert.Equal(t, want, trail.Step{Phase: phase, What: what, Patience: patience})
	}
	require.NoError(t, x.Close())
}
