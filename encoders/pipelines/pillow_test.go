package pipelines

import (
	"bufio"
	"cmp"
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
	"github.com/fastclip/fastclip/encoders/preprocess/decode"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/encoders/preprocess/resample"
	"github.com/fastclip/fastclip/internal/testenv"
)

// expected is a line of the oracle's output.
type expected struct {
	Name, Refused, Mode string
	Variants            map[string]struct{ U8, F32 string }
}

// TestEqualsPillow: 1,000 generated pictures of every mode and encoding have the same bytes after resize and crop, and the same floats, as with Pillow.
// FASTCLIP_PICTURES sets the number of pictures; it also runs every pipeline on every picture, even on the longest. FASTCLIP_SEED sets the random seed.
func TestEqualsPillow(t *testing.T) {
	uv, maker := testenv.UV(t), newMaker(t)
	count, seed, all := "1000", cmp.Or(os.Getenv("FASTCLIP_SEED"), "0"), []string(nil)
	if testing.Short() {
		count = "40"
	}
	if n := os.Getenv("FASTCLIP_PICTURES"); n != "" {
		count, all = n, []string{"--all"}
	}
	dir := t.TempDir()
	args := []string{"run", "--quiet", "--script", filepath.Join(testenv.Root(t), "testdata", "oracles", "pillow_preprocess.py"), "--out", dir, "--count", count, "--seed", seed}
	out, err := exec.Command(uv, append(args, all...)...).CombinedOutput()
	require.NoError(t, err, string(out))
	f, err := os.Open(filepath.Join(dir, "expected.jsonl"))
	require.NoError(t, err)
	defer f.Close()
	o := oracle{maker: maker, dir: dir, pipes: map[string]*preprocess.Pipeline{}}
	lines, pictures := bufio.NewScanner(f), 0
	for ; lines.Scan(); pictures++ {
		var want expected
		require.NoError(t, json.Unmarshal(lines.Bytes(), &want))
		o.compare(t, want)
	}
	require.NoError(t, lines.Err())
	n, err := strconv.Atoi(count)
	require.NoError(t, err)
	assert.Equal(t, n, pictures)
	assert.Greater(t, o.compared, n*2, "most pictures are compared")
	t.Logf("%s pictures: %d tensors equal to Pillow's (%d differ), %d files refused by both", count, o.compared-o.differ, o.differ, o.refused)
}

// oracle counts comparisons with Pillow.
type oracle struct {
	maker                     *Maker
	dir                       string
	pipes                     map[string]*preprocess.Pipeline
	compared, differ, refused int
}

func (o *oracle) compare(t *testing.T, want expected) {
	data, err := os.ReadFile(filepath.Join(o.dir, want.Name))
	require.NoError(t, err)
	if want.Refused != "" {
		o.refused++
		_, err := o.pipeline(t, "original_clip").Decoder.Decode(data)
		assert.Error(t, err, "%s: Pillow refuses it: %s", want.Name, want.Refused)
		return
	}
	for name, sums := range want.Variants {
		o.compared++
		if !o.equal(t, want, name, sums.U8, sums.F32, data) {
			o.differ++
		}
	}
}

// equal compares the mode, bytes and floats of one pipeline. If Pillow refuses a picture, we must refuse it too.
func (o *oracle) equal(t *testing.T, want expected, name, u8Sum, f32Sum string, data []byte) bool {
	pipe := o.pipeline(t, name)
	var mode picture.Mode
	var u8 []byte
	err := pipe.Run(data, make([]float32, pipe.Len()), func(stage string, p *picture.Picture) {
		switch stage {
		case preprocess.StageDecode:
			mode = p.Mode
		case preprocess.StageResize:
			u8 = p.Pix
		}
	})
	if u8Sum == "" {
		return assert.Error(t, err, "%s %s", want.Name, name)
	}
	return assert.NoError(t, err, "%s %s", want.Name, name) &&
		assert.Equal(t, want.Mode, string(mode), "%s: mode", want.Name) &&
		assert.True(t, u8Sum == sum(u8), "%s (%s) %s: bytes after resize and crop", want.Name, want.Mode, name) &&
		assert.True(t, f32Sum == "" || f32Sum == sum(bytesOf(run(t, pipe, data))), "%s (%s) %s: tensor", want.Name, want.Mode, name)
}

func (o *oracle) pipeline(t *testing.T, name string) *preprocess.Pipeline {
	if o.pipes[name] == nil {
		o.pipes[name] = oraclePipeline(t, o.maker, name)
	}
	return o.pipes[name]
}

// oraclePipeline makes a pipeline of the table, or of one of the oracle's configs.
func oraclePipeline(t *testing.T, m *Maker, name string) *preprocess.Pipeline {
	n := preprocess.CLIPNormalise()
	c := &Config{Name: name, Colour: picture.ColourMode, Geometry: preprocess.Squash, ResizeTo: 224, Size: 224, Filter: resample.Bilinear, Mean: n.Mean, Std: n.Std}
	switch name {
	case "open_clip_longest":
		c.Geometry, c.Filter, c.Fill = preprocess.LongSideFill, "", 127
	case "open_clip_squash":
	case "exif":
		p := lookup(t, m, "original_clip")
		p.Decoder = decode.Oriented{Decoder: p.Decoder}
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
