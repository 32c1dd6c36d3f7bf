package pipelines

import (
	"bufio"
	"cmp"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/internal/testenv"
)

// mutated is a line of the oracle's output: what Pillow says about a damaged file.
type mutated struct {
	Name, Refused, Mode, RGB, U8 string
	Size                         [2]int
}

// TestRefusesWhatPillowRefuses damages files of every format that we decode. Files that Pillow opens must give the same pixels here; all others must be
// refused. FASTCLIP_MUTATIONS sets the number of files, FASTCLIP_SEED the random seed.
func TestRefusesWhatPillowRefuses(t *testing.T) {
	uv, maker, dir := testenv.UV(t), newMaker(t), t.TempDir()
	testenv.Library(t, "webp")
	count := cmp.Or(os.Getenv("FASTCLIP_MUTATIONS"), "400")
	if testing.Short() {
		count = "60"
	}
	out, err := exec.Command(uv, "run", "--quiet", "--script", filepath.Join(testenv.Root(t), "testdata", "oracles", "pillow_mutations.py"),
		"--out", dir, "--count", count, "--seed", cmp.Or(os.Getenv("FASTCLIP_SEED"), "0")).CombinedOutput()
	require.NoError(t, err, string(out))
	f, err := os.Open(filepath.Join(dir, "expected.jsonl"))
	require.NoError(t, err)
	defer f.Close()
	pipe, lines := lookup(t, maker, "original_clip"), bufio.NewScanner(f)
	files, taken, refused, wrongly, differ := 0, 0, 0, 0, 0
	for ; lines.Scan(); files++ {
		var want mutated
		require.NoError(t, json.Unmarshal(lines.Bytes(), &want))
		data, err := os.ReadFile(filepath.Join(dir, want.Name))
		require.NoError(t, err)
		p, err := pipe.Decoder.Decode(data)
		switch {
		case want.Refused != "" && err != nil:
			refused++
		case want.Refused != "":
			wrongly++
			t.Errorf("%s: taken, but Pillow refuses it: %s", want.Name, want.Refused)
		case err != nil:
			wrongly++
			t.Errorf("%s: refused (%v), but Pillow takes it as %s %v", want.Name, err, want.Mode, want.Size)
		default:
			taken++
			if !want.equals(t, pipe, p, data) {
				differ++
			}
		}
	}
	require.NoError(t, lines.Err())
	n, err := strconv.Atoi(count)
	require.NoError(t, err)
	assert.Equal(t, n, files)
	assert.True(t, taken > n/5 && refused > n/5, "both are tried: %d taken, %d refused", taken, refused)
	t.Logf("%d damaged files: %d taken as by Pillow (%d differ), %d refused by both, %d disagreements", files, taken, differ, refused, wrongly)
}

// equals compares mode and pixels, and the tensor's bytes if the oracle has them.
func (m mutated) equals(t *testing.T, pipe *preprocess.Pipeline, p *picture.Picture, data []byte) bool {
	ok := assert.Equal(t, []any{m.Mode, m.Size}, []any{string(p.Mode), [2]int{p.W, p.H}}, m.Name) &&
		assert.True(t, m.RGB == sum(p.RGB().Pix), "%s (%s): pixels", m.Name, m.Mode)
	if !ok || m.U8 == "" {
		return ok
	}
	u8 := make([]byte, pipe.Len())
	require.NoError(t, pipe.Transform.Bytes(p, u8), m.Name)
	return assert.True(t, m.U8 == sum(u8), "%s (%s): bytes after resize and crop", m.Name, m.Mode)
}
