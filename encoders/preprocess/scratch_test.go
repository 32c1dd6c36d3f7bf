package preprocess

import (
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/encoders/preprocess/resample"
)

// TestNoAllocations: none a picture in steady state, from decoded pixels to the tensor.
func TestNoAllocations(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector drops what is pooled")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection empties the pools
	r := rand.New(rand.NewPCG(9, 10))
	for _, colour := range []picture.Colour{picture.ColourMode, picture.ColourRGB, picture.ColourGrey} {
		for _, mode := range []picture.Mode{picture.ModeRGB, picture.ModeRGBA, picture.ModeL, picture.ModeLA, picture.ModeP, picture.Mode1, picture.ModeCMYK, picture.ModeI16} {
			for _, size := range [][2]int{{300, 200}, {40, 300}, {224, 224}, {50, 60}} {
				for _, g := range []Geometry{ShortSideCrop, Squash, LongSideFill} {
					tr := Transform{Colour: colour, Geometry: g, Filter: resample.PillowBicubic(), Normalise: CLIPNormalise(), Size: 32}
					src, dst := noise(r, mode, size[0], size[1]), make([]float32, 3*32*32)
					name := fmt.Sprint(colour, " ", mode, " ", size, " ", g)
					assert.Zero(t, testing.AllocsPerRun(20, func() { require.NoError(t, tr.Apply(src, dst, nil)) }), name)
				}
			}
		}
	}
}

// TestScratchIsFreshConcurrently: pictures of all kinds through the same memory, also at once, give what
// each gives alone.
func TestScratchIsFreshConcurrently(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	shared := []Filter{resample.PillowBicubic(), resample.TorchFilter{}, resample.TorchByteFilter{}, resample.NewGoFilter()}
	var all sync.WaitGroup
	for range 4 {
		var sources []*picture.Picture
		for range 60 {
			mode := []picture.Mode{picture.ModeRGB, picture.ModeRGBA, picture.ModeL, picture.ModeLA, picture.ModeP, picture.Mode1, picture.ModeCMYK, picture.ModeI16}[r.IntN(8)]
			sources = append(sources, noise(r, mode, 1+r.IntN(90), 1+r.IntN(90)))
		}
		all.Go(func() {
			for i, src := range sources {
				tr := Transform{Colour: []picture.Colour{picture.ColourMode, picture.ColourRGB, picture.ColourGrey, picture.ColourOnBlack}[i/3%4], Geometry: []Geometry{ShortSideCrop, Squash, LongSideFill}[i%3], Filter: shared[i/2%len(shared)], Normalise: CLIPNormalise(), Size: 24, Fill: 9}
				got, want := make([]float32, 3*24*24), make([]float32, 3*24*24)
				if tr.Apply(src, got, nil) != nil {
					continue // 1x90 has no place between bars
				}
				assert.NoError(t, tr.Apply(src, want, func(string, *picture.Picture) {}), "a tapped way takes no shared memory, and converts all of the picture")
				assert.Equal(t, want, got, "%s %dx%d", src.Mode, src.W, src.H)
			}
		})
	}
	all.Wait()
}

// TestNoAllocationsOfFilters is TestNoAllocations of the filters that are not Pillow's.
func TestNoAllocationsOfFilters(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector drops what is pooled")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	r := rand.New(rand.NewPCG(13, 14))
	for _, f := range []Filter{resample.TorchFilter{}, resample.TorchByteFilter{}, resample.TorchByteFilter{Mode: resample.Bilinear}, resample.TorchByteFilter{Mode: resample.Nearest}, resample.NewGoFilter()} {
		for _, colour := range []picture.Colour{picture.ColourRGB, picture.ColourGrey, picture.ColourOnBlack} {
			for _, mode := range []picture.Mode{picture.ModeRGB, picture.ModeRGBA, picture.ModeL, picture.ModeLA, picture.ModeP, picture.Mode1, picture.ModeCMYK} {
				for _, g := range []Geometry{ShortSideCrop, Squash, LongSideFill} {
					tr := Transform{Colour: colour, Geometry: g, Filter: f, Normalise: CLIPNormalise(), Size: 32}
					src, dst := noise(r, mode, 60, 50), make([]float32, 3*32*32)
					assert.Zero(t, testing.AllocsPerRun(3, func() { require.NoError(t, tr.Apply(src, dst, nil)) }), "%s %s %s %s", f.Name(), colour, mode, g)
				}
			}
		}
	}
}
