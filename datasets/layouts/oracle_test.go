package layouts_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/datasetstest"
	"github.com/fastclip/fastclip/datasets/layouts"
	"github.com/fastclip/fastclip/internal/testenv"
)

// written is a picture in a file that a Python library has written.
type written struct {
	Sum      string
	Captions []string
	Label    string
}

// TestFormatsOfPython: files of Hugging Face datasets and webdataset are read with all pictures, captions and labels.
func TestFormatsOfPython(t *testing.T) {
	uv, dir := testenv.UV(t), t.TempDir()
	out, err := exec.CommandContext(t.Context(), uv, "run", "-q", "--script", filepath.Join(testenv.Root(t), "testdata", "oracles", "dataset_formats.py"), dir).CombinedOutput()
	require.NoError(t, err, "%s", out)
	file, err := os.Open(filepath.Join(dir, "want.jsonl"))
	require.NoError(t, err)
	defer file.Close()
	var want []written
	for in := bufio.NewScanner(file); in.Scan(); {
		var w written
		require.NoError(t, json.Unmarshal(in.Bytes(), &w))
		want = append(want, w)
	}
	require.Len(t, want, 250)
	for name, open := range map[string]func() (datasets.Dataset, error){
		"webdataset": func() (datasets.Dataset, error) {
			return layouts.OpenWebdataset(t.Context(), layouts.WebdatasetOptions{Shards: filepath.Join(dir, "shard-{000000..000001}.tar")})
		},
		"many row groups": func() (datasets.Dataset, error) {
			return layouts.OpenHFParquet(t.Context(), layouts.HFParquetOptions{Files: filepath.Join(dir, "hf-many-*.parquet")})
		},
		"one row group, zstd": func() (datasets.Dataset, error) {
			return layouts.OpenHFParquet(t.Context(), layouts.HFParquetOptions{Files: filepath.Join(dir, "hf-single-*.parquet")})
		},
	} {
		t.Run(name, func(t *testing.T) {
			ds, err := open()
			require.NoError(t, err)
			defer ds.Close()
			captions := map[string][]string{}
			for _, text := range datasetstest.Texts(t, ds) {
				captions[text.Images[0]] = append(captions[text.Images[0]], text.Text)
			}
			var got []written
			for _, im := range datasetstest.Images(t, ds) {
				data, err := im.Read(t.Context())
				require.NoError(t, err)
				sum := sha256.Sum256(data)
				got = append(got, written{hex.EncodeToString(sum[:]), captions[im.ID], im.Labels[0]})
			}
			assert.Equal(t, want, got)
		})
	}
}
