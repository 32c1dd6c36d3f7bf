package pipelines

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/cv"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/testenv"
)

// TestNotesValues: the mean |a-b| to original_clip on CLIP.png is the value in the research notes.
func TestNotesValues(t *testing.T) {
	m := newMaker(t)
	data, err := os.ReadFile(filepath.Join(testenv.Shared(t), "data", "CLIP.png"))
	require.NoError(t, err)
	ref := run(t, lookup(t, m, "original_clip"), data)
	for name, want := range map[string]float64{
		"our_clip_implementation": 0, "rgb_conversion": 0.031177521, "grey_conversion": 0.053455289, "script_based": 0.036562625,
		"opencv_based": 1.2206215858, "read_from_cv": 1.2206215858, "opencv_cubic": 0.075173512, "opencv_area": 0.039616078,
	} {
		t.Run(name, func(t *testing.T) {
			p, err := m.Lookup(name, Options{})
			if errors.Is(err, machine.ErrUnavailable) {
				t.Skip(err)
			}
			require.NoError(t, err)
			got := meanAbs(ref, run(t, p, data))
			assert.InDelta(t, want, got, 2e-7*want, "the notes summed in float32")
		})
	}
}

// TestSwap: if all stages of a pipeline are swapped one after the other, it equals the other pipeline.
func TestSwap(t *testing.T) {
	m := newMaker(t)
	from, to := lookup(t, m, "original_clip"), lookup(t, m, "grey_conversion")
	p := from
	for _, stage := range preprocess.Stages() {
		var err error
		p, err = p.Swap(stage, to)
		require.NoError(t, err)
	}
	assert.Equal(t, to.Key(), p.Key())
	one, err := from.Swap(preprocess.StageColour, to)
	require.NoError(t, err)
	assert.Equal(t, to.Key(), one.Key(), "grey_conversion differs in colour alone")
	_, err = from.Swap("smell", to)
	assert.ErrorContains(t, err, `"smell"`)
}

// TestPipelines checks what holds for every pipeline: the tensor depends on the file alone, bad files are refused, and no picture leaves traces in the next
// one.
func TestPipelines(t *testing.T) {
	m := newMaker(t)
	good := readFile(t, "rgba.png")
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			p, err := m.Lookup(name, Options{Size: 32})
			if errors.Is(err, machine.ErrUnavailable) {
				assert.Empty(t, cv.Version(), "with OpenCV built in nothing of it is unavailable")
				t.Skip(err)
			}
			require.NoError(t, err)
			assert.Equal(t, 3*32*32, p.Len())
			first := run(t, p, good)
			run(t, p, readFile(t, "grey.png"))
			assert.Equal(t, first, run(t, p, good))
			for what, data := range map[string][]byte{
				"nothing": {}, "text": []byte("no picture"), "half": good[:len(good)/2], "head": good[:20], "gif": []byte("GIF89a"),
			} {
				assert.Error(t, p.Run(data, make([]float32, p.Len()), nil), what)
			}
			assert.ErrorContains(t, p.Transform.Apply(&picture.Picture{Mode: picture.ModeL, W: 1, H: 1, Pix: []byte{1}}, make([]float32, 5), nil), "5 values")
		})
	}
	_, err := m.Lookup("telepathy", Options{})
	assert.ErrorContains(t, err, "original_clip", "the error lists the names")
}

// TestPipelinesConcurrently: all pipelines run at once on pictures of every format and share decoders, filters and memory. Each result equals that of the
// pipeline running alone.
func TestPipelinesConcurrently(t *testing.T) {
	m, pictures := newMaker(t), files(t, 60, 40)
	var all sync.WaitGroup
	for _, name := range Names() {
		p, err := m.Lookup(name, Options{Size: 32})
		if errors.Is(err, machine.ErrUnavailable) {
			continue
		}
		require.NoError(t, err)
		for kind, data := range pictures {
			want := make([]float32, p.Len())
			if p.Run(data, want, nil) != nil {
				continue // libwebp is missing, or OpenCV is too old for GIF
			}
			for range 2 {
				all.Go(func() {
					got := make([]float32, p.Len())
					assert.NoError(t, p.Run(data, got, nil), "%s %s", name, kind)
					assert.Equal(t, want, got, "%s %s", name, kind)
				})
			}
		}
	}
	all.Wait()
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return data
}

func run(t testing.TB, p *preprocess.Pipeline, data []byte) []float32 {
	t.Helper()
	dst := make([]float32, p.Len())
	require.NoError(t, p.Run(data, dst, nil))
	return dst
}

func meanAbs(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += math.Abs(float64(a[i]) - float64(b[i]))
	}
	return sum / float64(len(a))
}
