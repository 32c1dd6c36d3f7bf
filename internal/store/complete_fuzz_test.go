package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzComplete: any marker opens or is refused, and never names a file outside the run.
func FuzzComplete(f *testing.F) {
	for _, seed := range []string{
		`{"run_id": "a", "schema_version": 1, "bytes": {"run.parquet": 4}, "sha256": {"run.parquet": "` + strings.Repeat("0", 64) + `"}}`,
		`{"bytes": {"../outside": 7}}`, `{"bytes": {"/etc/passwd": 1}}`, `{"sha256": {"../outside": "x"}}`, `{"bytes": {"": 0}}`, `{"bytes": null}`, `{"bytes": {"run.parquet": -1}}`,
		`{"bytes": {"run.parquet": 1e99}}`, "[]", "", "null", "\xff", `{"bytes": {"a\u0000b": 1}}`,
	} {
		f.Add([]byte(seed))
	}
	root := f.TempDir()
	dir := filepath.Join(root, "run")
	require.NoError(f, os.Mkdir(dir, 0o755))
	require.NoError(f, os.WriteFile(filepath.Join(dir, "run.parquet"), []byte("PAR1"), 0o600))
	require.NoError(f, os.WriteFile(filepath.Join(root, "outside"), []byte("outside"), 0o600))
	f.Fuzz(func(t *testing.T, data []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, marker), data, 0o600))
		run, err := Open(dir)
		if err != nil {
			return
		}
		_ = run.Verify() // may fail, but must not panic
		for name := range run.done.Bytes {
			require.True(t, filepath.IsLocal(name), name)
		}
	})
}
