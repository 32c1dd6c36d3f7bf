package eval

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
)

func TestRetime(t *testing.T) {
	cfg := config(t, parse(t, single, three))
	res, err := store.LoadRun(mustRun(t, cfg).Dir, store.TableRun, store.TableTimings)
	require.NoError(t, err)
	rows, err := Retime(t.Context(), cfg, res.Run.PlanSHA256)
	require.NoError(t, err)
	require.Len(t, rows, len(res.Timings))
	for i, row := range rows {
		was := res.Timings[i]
		assert.Positive(t, row.NS)
		if row.Phase == store.PhaseEncode { // as often as the shortest time wants it
			assert.Zero(t, row.Items%2, "two items a call")
			row.Items = was.Items
		}
		row.NS, row.RunID = was.NS, was.RunID
		assert.Equal(t, was, row)
	}
	cfg.Build = "another"
	_, err = Retime(t.Context(), cfg, res.Run.PlanSHA256)
	require.ErrorIs(t, err, ErrOtherPlan)
	_, err = Retime(t.Context(), cfg, "")
	require.NoError(t, err)
}
