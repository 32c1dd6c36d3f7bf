package scenes

import (
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
)

func TestLayout(t *testing.T) {
	for k := 1; k <= 3; k++ {
		r := newRandom(uint64(k))
		for range 2000 {
			w, h := pickSize(r)
			spots := layout(r, w, h, k)
			short, outside := min(w, h), 0
			for i, p := range spots {
				assert.GreaterOrEqual(t, p.side, short*sizes[k][0]/100)
				assert.LessOrEqual(t, p.side, short*sizes[k][1]/100)
				assert.True(t, p.x >= 0 && p.x < w && p.y >= 0 && p.y < h, "the centre is in the picture")
				if strays(p, w, h) {
					outside++
				}
				for _, q := range spots[:i] {
					require.Less(t, 4*overlap(p, q), min(p.w*p.h, q.w*q.h))
				}
			}
			assert.LessOrEqual(t, outside, min(1, k-1), "only doubles and triples have one astray")
		}
	}
}

// strays reports whether the object's box extends beyond the centre square.
func strays(s spot, w, h int) bool {
	short := min(w, h)
	x, y := (w-short)/2, (h-short)/2
	return s.left() < x || s.top() < y || s.left()+s.w > x+short || s.top()+s.h > y+short
}

// TestShares computes the shares in docs/data.md for the default suite's scenes. go test -v prints them.
func TestShares(t *testing.T) {
	var jpegs, tagged, pngs, alpha int
	for k := 1; k <= 3; k++ {
		ds, err := Open(os.DirFS("../../testdata/art/noto"), Spec{Objects: k, Count: 500, Seed: uint64(k)})
		require.NoError(t, err)
		astray := 0
		for i := range 500 {
			r, _, f := ds.(*scenes).plan(i)
			switch {
			case f.png && f.alpha:
				alpha++
				fallthrough
			case f.png:
				pngs++
			case f.jpeg.orientation > 0:
				tagged++
				fallthrough
			default:
				jpegs++
			}
			astray += paintedAstray(r, k)
		}
		t.Logf("%s: an object leaves the centre square in %.1f %%", datasets.Arity(k), float64(astray)/5)
		assert.LessOrEqual(t, math.Abs(float64(astray)/5-float64(min(1, k-1)*offCentre)), 4.0)
	}
	t.Logf("JPEG %.1f %%, of them with an EXIF orientation %.1f %%; PNG with alpha %.1f %%", float64(jpegs)/15, 100*float64(tagged)/float64(jpegs), 100*float64(alpha)/float64(pngs))
	assert.InDelta(t, 70, float64(jpegs)/15, 4)
	assert.InDelta(t, 5, 100*float64(tagged)/float64(jpegs), 2)
	assert.InDelta(t, 50, 100*float64(alpha)/float64(pngs), 8)
}

// paintedAstray is 1 if the scene with the stream r has an object that strays.
func paintedAstray(r *random, k int) int {
	w, h := pickSize(r)
	for _, s := range layout(r, w, h, k) {
		if strays(s, w, h) {
			return 1
		}
	}
	return 0
}
