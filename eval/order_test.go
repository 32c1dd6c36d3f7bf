package eval

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/store"
)

// TestRunKnowsWhatWasThere: a run keeps which runs of its root were finished before it though their
// clocks say later, wherever its folder is; those that its own clock puts first it need not name.
func TestRunKnowsWhatWasThere(t *testing.T) {
	root := t.TempDir()
	finished := func(id string, started time.Time) {
		f, err := store.Create(root + "/" + store.Partition(started, id))
		require.NoError(t, err)
		require.NoError(t, f.Save(&store.Results{Run: store.Run{RunID: id, StartedAt: started}}))
		require.NoError(t, f.Finish(id))
	}
	finished("a year ahead", time.Now().AddDate(1, 0, 0))
	finished("last week", time.Now().AddDate(0, 0, -7))
	cfg := config(t, parse(t, single, "  - {name: ref}"))
	cfg.Suite.Skip = suite.Parts()
	cfg.Out, cfg.History = "", root
	assert.Equal(t, []string{"a year ahead"}, load(t, mustRun(t, cfg).Dir).Run.After)
	cfg.Out, cfg.History = root+"/flat", ""
	assert.Contains(t, load(t, mustRun(t, cfg).Dir).Run.After, "a year ahead")
}
