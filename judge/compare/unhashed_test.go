package compare_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/compare"
)

// TestRunWithoutHashesIsSaid: a run of a program from before hashes is compared, but never as if its tables had been verified.
func TestRunWithoutHashesIsSaid(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	f, err := store.Create(dir)
	require.NoError(t, err)
	require.NoError(t, f.Save(run(1, 0).Results))
	require.NoError(t, f.Finish("r"))
	loaded, err := compare.Load(dir)
	require.NoError(t, err)
	assert.Empty(t, compare.Runs(loaded, loaded, compare.Options{}).Notes)

	old, err := os.Create(filepath.Join(dir, "run.parquet"))
	require.NoError(t, err)
	w := parquet.NewGenericWriter[store.Run](old, parquet.KeyValueMetadata("fastclip.schema_version", "1"))
	_, err = w.Write([]store.Run{loaded.Run})
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, old.Close())
	marker := filepath.Join(dir, "complete.json")
	var done map[string]any
	data, err := os.ReadFile(marker)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &done))
	delete(done, "sha256")
	info, err := os.Stat(filepath.Join(dir, "run.parquet"))
	require.NoError(t, err)
	done["bytes"].(map[string]any)["run.parquet"] = info.Size()
	data, err = json.Marshal(done)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(marker, data, 0o600))

	unhashed, err := compare.Load(dir)
	require.NoError(t, err)
	assert.Contains(t, fmt.Sprint(compare.Runs(unhashed, loaded, compare.Options{}).Notes), "BASE, run r, has no hashes of its files")
	assert.Contains(t, fmt.Sprint(compare.Runs(loaded, unhashed, compare.Options{}).Notes), "HEAD, run r, has no hashes of its files")
}
