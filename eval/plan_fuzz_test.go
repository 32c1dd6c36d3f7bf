package eval

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/finished"
)

// FuzzPlan: any plan file of an interrupted run is read or refused, and only the very plan is gone on with.
func FuzzPlan(f *testing.F) {
	for _, seed := range []string{`{"run_id": "a", "plan": "key", "suite": "s", "started_at": "2026-01-02T03:04:05Z"}`, `{"plan": "key"}`, `{"plan": 1}`, `{"started_at": "x"}`, "", "null", "[]", "\xff"} {
		f.Add([]byte(seed))
	}
	root := f.TempDir()
	dir := filepath.Join(root, "run")
	require.NoError(f, os.Mkdir(dir, 0o755))
	f.Fuzz(func(t *testing.T, data []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, finished.PlanFile), data, 0o600))
		p, err := finished.ReadPlan(dir)
		found, wrong := findInterrupted(root, "key")
		require.NoError(t, wrong)
		if found != "" {
			require.NoError(t, err)
			require.Equal(t, "key", p.Plan)
		}
	})
}
