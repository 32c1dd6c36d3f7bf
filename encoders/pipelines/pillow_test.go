package pipelines

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/internal/testenv"
)

// expected is a line of the oracle's.
type expected struct {
	Name, Refused, Mode string
	Variants            map[string]struct{ U8, F32 string }
}

// TestEqualsPillow: the same bytes after resize and crop, and the same floats, as the real
// Pillow on generated pictures of every mode and encoding. FASTCLIP_PICTURES sets how many, FASTCLIP_SEED which.
func TestEqualsPillow(t *testing.T) {
	uv, maker := testenv.UV(t), newMaker(t)
	count := os.Getenv("FASTCLIP_PICTURES")
	if count == "" {
		count = "200"
	}
	if testing.Short() {
		count = "40"
	}
	seed := os.Getenv("FASTCLIP_SEED")
	if seed == "" {
		seed = "0"
	}
	dir := t.TempDir()
	out, err := exec.Command(uv, "run", "--quiet", "--script", filepath.Join(testenv.Root(t), "testdata", "oracles", "pillow_preprocess.py"), "--out", dir, "--count", count, "--seed", seed).CombinedOutput()
	require.NoError(t, err, string(out))
	f, err := os.Open(filepath.Join(dir, "expected.jsonl"))
	require.NoError(t, err)
	defer f.Close()
	lines, compared, refused := bufio.NewScanner(f), 0, 0
	for lines.Scan() {
		var want expected
		require.NoError(t, json.Unmarshal(lines.Bytes(), &want))
		data, err := os.ReadFile(filepath.Join(dir, want.Name))
		require.NoError(t, err)
		if want.Refused != "" {
			refused++
			_, err := lookup(t, maker, "original_clip").Decoder.Decode(data)
			assert.Error(t, err, "%s: Pillow refuses it: %s", want.Name, want.Refused)
			continue
		}
		for name, sums := range want.Variants {
			compared++
			pipe := oraclePipeline(t, maker, name)
			var mode preprocess.Mode
			var u8 []byte
			err := pipe.Run(data, make([]float32, pipe.Len()), func(stage string, p *preprocess.Picture) {
				switch stage {
				case preprocess.StageDecode:
					mode = p.Mode
				case preprocess.StageResize:
					u8 = p.Pix
				}
			})
			if sums.U8 == "" {
				assert.Error(t, err, "%s %s", want.Name, name)
				continue
			}
			if !assert.NoError(t, err, "%s %s", want.Name, name) {
				continue
			}
			assert.Equal(t, want.Mode, string(mode), "%s: mode", want.Name)
			assert.True(t, sums.U8 == sum(u8), "%s (%s) %s: bytes after resize and crop", want.Name, want.Mode, name)
			assert.True(t, sums.F32 == "" || sums.F32 == sum(bytesOf(run(t, pipe, data))), "%s (%s) %s: tensor", want.Name, want.Mode, name)
		}
	}
	require.NoError(t, lines.Err())
	n, err := strconv.Atoi(count)
	require.NoError(t, err)
	assert.Greater(t, compared, n*2, "most pictures are compared")
	t.Logf("%s pictures: %d tensors equal to Pillow's, %d files refused by both", count, compared, refused)
}

// oraclePipeline is one of the table, or of a config as the oracle has it.
func oraclePipeline(t *testing.T, m *Maker, name string) *preprocess.Pipeline {
	n := preprocess.CLIPNormalise()
	c := &Config{Name: name, Colour: preprocess.ColourMode, Geometry: preprocess.Squash, ResizeTo: 224, Size: 224, Bilinear: true, Mean: n.Mean, Std: n.Std}
	switch name {
	case "open_clip_longest":
		c.Geometry, c.Bilinear, c.Fill = preprocess.LongSideFill, false, 127
	case "open_clip_squash":
	case "exif":
		p := lookup(t, m, "original_clip")
		p.Decoder = preprocess.Oriented{Decoder: p.Decoder}
		return p
	default:
		return lookup(t, m, name)
	}
	p, err := m.Make(c)
	require.NoError(t, err)
	return p
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

func bytesOf(f []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&f[0])), 4*len(f))
}

func newMaker(t testing.TB) *Maker {
	testenv.Library(t, "jpeg")
	m := &Maker{}
	t.Cleanup(func() { assert.NoError(t, m.Close()) })
	return m
}

func lookup(t testing.TB, m *Maker, name string) *preprocess.Pipeline {
	t.Helper()
	p, err := m.Lookup(name, Options{})
	require.NoError(t, err)
	return p
}
