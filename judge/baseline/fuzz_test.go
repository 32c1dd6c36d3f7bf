package baseline_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/judge/baseline"
)

// FuzzRead: any bytes are a pin or an error, and a pin names a run that can be looked for.
func FuzzRead(f *testing.F) {
	const one = "run: results/a\nrun_id: a\nsha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\nwhy: because\nwhen: 2026-01-02T03:04:05Z\n"
	for _, seed := range []string{
		one, one + "earlier: [{run_id: b, sha256: x, why: y, when: z}]\n", one + "classes: {AVX2: {run: b, run_id: b, sha256: x, why: y}}\n", one + "classes: {'': {}}\n",
		"", "run: [", "run: *a", "\xff", "run: a\nrun: b\n", "- a",
	} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "baseline.yaml")
	f.Fuzz(func(t *testing.T, data []byte) {
		require.NoError(t, os.WriteFile(path, data, 0o600))
		pin, err := baseline.Read(path)
		if err != nil {
			require.ErrorIs(t, err, baseline.ErrPin)
			return
		}
		require.NotEmpty(t, pin.Run)
		_, err = baseline.Resolve(path, "AVX2")
		require.Error(t, err, "there is no such run")
	})
}
