package facts

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/reports/reportstest"
)

func TestSpeed(t *testing.T) {
	tables := buildSpeed(reportstest.TimedRun(
		reportstest.Timed("ref", "decode", 0, 900, false), reportstest.Timed("ref", "decode", 1, 1, true), reportstest.Timed("ref", "decode", 2, 3, true),
		reportstest.Timed("ref", "encode", 1, 1, true), reportstest.Timed("ref", "encode", 2, 1, true),
		reportstest.Timed("v", "decode", 1, 2, true), reportstest.Timed("v", "decode", 2, 6, true), reportstest.Timed("v", "decode", 3, 1, true),
		reportstest.Timed("v", "encode", 1, 1, true), reportstest.Timed("v", "encode", 2, 1, true), // the third repetition has no encode
	))
	require.Len(t, tables, 1, "nothing was timed of texts")
	ref, v := tables[0].Rows[0], tables[0].Rows[1]
	decode := ref.Phases[1]
	assert.Equal(t, Timing{Phase: "decode", Mean: 2, Std: decode.Std, Median: 2, Reps: 2}, decode, "the warm-up does not count")
	assert.InDelta(t, 1.41421356, float64(decode.Std), 1e-6)
	assert.False(t, ref.Phases[0].Mean.Known(), "load was not timed")
	assert.Equal(t, 2, ref.Repetitions)
	assert.Equal(t, 1, ref.Warmups)
	assert.EqualValues(t, 8, ref.Batch)
	assert.Equal(t, 2, v.Total.Reps)
	assert.InDelta(t, 5, float64(v.Total.Mean), 1e-9)
	assert.InDelta(t, (3.0/2+7.0/4)/2, float64(v.VsReference), 1e-9)
	assert.InDelta(t, 1, float64(ref.VsReference), 1e-9)
}
