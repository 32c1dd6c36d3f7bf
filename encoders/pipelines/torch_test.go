package pipelines

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/testenv"
)

// TestEqualsTorch: within 1e-6 of torch and of Hugging Face's processors. It fetches
// gigabytes, so it runs only when FASTCLIP_TORCH is set.
func TestEqualsTorch(t *testing.T) {
	uv, maker := testenv.UV(t), newMaker(t)
	if os.Getenv("FASTCLIP_TORCH") == "" {
		t.Skip("set FASTCLIP_TORCH=1 to fetch PyTorch and compare with it")
	}
	const count = 30
	dir := t.TempDir()
	script := filepath.Join(testenv.Root(t), "testdata", "oracles", "torch_preprocess.py")
	out, err := exec.Command(uv, "run", "--quiet", "--script", script, "--out", dir, "--count", fmt.Sprint(count)).CombinedOutput()
	require.NoError(t, err, string(out))
	for _, name := range []string{"script_based", "hf_processor", "siglip"} {
		worst := 0.0
		for i := range count {
			data, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%d.png", i)))
			require.NoError(t, err)
			raw, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%d.%s.f32", i, name)))
			require.NoError(t, err)
			got := run(t, lookup(t, maker, name), data)
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
