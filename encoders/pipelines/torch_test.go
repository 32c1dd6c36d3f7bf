package pipelines

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/internal/testenv"
)

// TestEqualsTorch: results are within 1e-6 of torch and of Hugging Face's processors. It fetches gigabytes, so it runs only if FASTCLIP_TORCH is set.
func TestEqualsTorch(t *testing.T) {
	uv, maker := testenv.UV(t), newMaker(t)
	if os.Getenv("FASTCLIP_TORCH") == "" {
		t.Skip("set FASTCLIP_TORCH=1 to fetch PyTorch and compare with it")
	}
	const count = 30
	dir := t.TempDir()
	script := filepath.Join(testenv.Root(t), "testdata", "oracles", "torch_preprocess.py")
	configs := filepath.Join("testdata", "torch_configs.json")
	out, err := exec.Command(uv, "run", "--quiet", "--script", script, "--configs", configs, "--out", dir, "--count", fmt.Sprint(count)).CombinedOutput()
	require.NoError(t, err, string(out))
	pipes := map[string]*preprocess.Pipeline{}
	for _, name := range []string{"script_based", "hf_processor", "siglip"} {
		pipes[name] = lookup(t, maker, name)
	}
	for name, c := range torchConfigs(t, configs) {
		pipes[name], err = maker.Make(c)
		require.NoError(t, err)
	}
	for name, pipe := range pipes {
		worst := 0.0
		for i := range count {
			data, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%d.png", i)))
			require.NoError(t, err)
			raw, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%d.%s.f32", i, name)))
			require.NoError(t, err)
			got := run(t, pipe, data)
			require.Len(t, raw, 4*len(got))
			most := 0.0
			for j, v := range got {
				want := math.Float32frombits(binary.LittleEndian.Uint32(raw[4*j:]))
				most = max(most, math.Abs(float64(v)-float64(want)))
			}
			assert.LessOrEqual(t, most, 1e-6, "%s: picture %d", name, i)
			worst = max(worst, most)
		}
		t.Logf("%s: max |a-b| %.2g on %d pictures", name, worst, count)
	}
}

// torchConfigs reads the configs that the oracle reads too.
func torchConfigs(t *testing.T, path string) map[string]*Config {
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var files map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(data, &files))
	out := map[string]*Config{}
	for name, text := range files {
		out[name], err = readConfig(t, hfConfigFile, string(text))
		require.NoError(t, err, name)
	}
	return out
}

// TestTorchConfigs: the oracle's configs can be read also on machines without torch.
func TestTorchConfigs(t *testing.T) {
	assert.Len(t, torchConfigs(t, filepath.Join("testdata", "torch_configs.json")), 13)
}
