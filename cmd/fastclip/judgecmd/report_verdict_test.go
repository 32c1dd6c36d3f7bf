package judgecmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/judge/gate"
	"github.com/fastclip/fastclip/reports/prose"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestReadNight reads what the gate writes, and refuses a verdict on another run.
func TestReadNight(t *testing.T) {
	result := &gate.Result{
		Verdict: gate.Regression, Base: "was", Head: "is",
		Regressions: []gate.Finding{{Check: "drift", Variant: "a", Dataset: "d", Text: "far", Stage: "model"}, {Check: "drift", Variant: "b", Text: "near", Stage: "resize"}, {Check: "slowdown", Variant: "a", Text: "slow", Stage: "encode"}},
		Environment: []compare.Difference{{Name: "options", Of: "a", Base: "{}", Head: "{x}"}, {Name: "options", Of: "b", Base: "{}", Head: "{x}"}},
		Unmeasured:  []compare.Problem{{Variant: "c", Reason: "gone"}},
	}
	write := func(format string) string {
		var b strings.Builder
		require.NoError(t, gate.Write(&b, format, result))
		path := filepath.Join(t.TempDir(), "verdict")
		require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
		return path
	}
	got, err := readNight(write("json"), "is")
	require.NoError(t, err)
	assert.Equal(t, &prose.Night{
		Verdict: "regression", Headline: result.Headline(), Base: "was", Changed: []string{"a, b: options: {x}, was {}"}, Unmeasured: []string{"c: gone"},
		Offenders: []prose.Offender{{Variant: "a", Broke: []string{"drift: on d: far; stage: model", "slowdown: slow; stage: encode"}}, {Variant: "b", Broke: []string{"drift: near; stage: resize"}}},
	}, got)
	_, err = readNight(write("json"), "another")
	require.ErrorContains(t, err, "judges run is, not another")
	got, err = readNight(write("text"), "is")
	require.NoError(t, err)
	assert.Equal(t, &prose.Night{Verdict: "regression", Headline: result.Headline()}, got)
	_, err = readNight(write("junit"), "is")
	require.ErrorContains(t, err, "was written neither by fastclip gate --write json=FILE")
	got, err = readNight("", "is")
	require.NoError(t, err)
	assert.Nil(t, got)
}
