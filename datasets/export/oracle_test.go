package export_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/datasets/datasetstest"
	"github.com/fastclip/fastclip/datasets/export"
	"github.com/fastclip/fastclip/datasets/scenes"
	"github.com/fastclip/fastclip/internal/testenv"
)

// readBack is a picture as the format's own library reads it.
type readBack struct {
	Sum              string
	Size             [2]int
	Captions, Labels []string
}

// TestPythonReadsWhatIsWritten: Hugging Face datasets and pycocotools read back all pictures, captions and labels.
func TestPythonReadsWhatIsWritten(t *testing.T) {
	if os.Getenv("FASTCLIP_READ_BACK") == "" {
		t.Skip("FASTCLIP_READ_BACK is not set: this test fetches Hugging Face datasets and pycocotools")
	}
	uv := testenv.UV(t)
	for name, spec := range map[string]scenes.Spec{
		"label":               {Objects: 1, Count: 24, Seed: 3},
		"labels":              {Objects: 2, Count: 24, Seed: 3},
		"captions and labels": {Objects: 2, Count: 24, PerSet: 1, Seed: 3, Width: 128, Height: 96, Captions: 5},
	} {
		for _, format := range []string{"hfparquet", "coco"} {
			t.Run(format+" "+name, func(t *testing.T) {
				ds, dir := datasetstest.Scenes(t, spec), filepath.Join(t.TempDir(), "set")
				_, err := export.Write(t.Context(), ds, export.Options{Format: format, Dir: dir, Shard: 10})
				require.NoError(t, err)
				cmd := exec.CommandContext(t.Context(), uv, "run", "-q", "--script", filepath.Join(testenv.Root(t), "testdata", "oracles", "dataset_read_back.py"), format, dir)
				var problem bytes.Buffer
				cmd.Stderr = &problem
				out, err := cmd.Output()
				require.NoError(t, err, "%s", problem.String())
				want, in := contentOf(t, ds), json.NewDecoder(bytes.NewReader(out))
				for _, w := range want {
					var got readBack
					require.NoError(t, in.Decode(&got))
					assert.Equal(t, w, got)
				}
				assert.False(t, in.More())
			})
		}
	}
}

func contentOf(t *testing.T, ds datasets.Dataset) (out []readBack) {
	captions := captionsOf(t, ds)
	for _, im := range datasetstest.Images(t, ds) {
		data, err := im.Read(t.Context())
		require.NoError(t, err)
		size, _, err := image.DecodeConfig(bytes.NewReader(data))
		require.NoError(t, err)
		sum := sha256.Sum256(data)
		out = append(out, readBack{hex.EncodeToString(sum[:]), [2]int{size.Width, size.Height}, append([]string{}, captions[im.ID]...), im.Labels})
	}
	return out
}
