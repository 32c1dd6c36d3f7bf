package resample

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// pass16 is one pass in plain Go: out[i] of samples that lie step apart, from sample at on.
func pass16(src *picture.Picture, t reals, i, at, step int) uint16 {
	sum := 0.0
	for j, k := range t.weights[i*t.size : i*t.size+int(t.n[i])] {
		v := binary.LittleEndian.Uint16(src.Pix[2*(at+(int(t.first[i])+j)*step):])
		sum += float64(float64(v) * k)
	}
	return uint16(min(max(0, int(sum+0.5)), 1<<16-1))
}

// TestGray16EqualsGo: both passes of 16-bit samples on every set.
func TestGray16EqualsGo(t *testing.T) {
	r := rand.New(rand.NewPCG(61, 62))
	for range 100 {
		most := []int{5, 30, 120}[r.IntN(3)]
		src := noise(r, picture.ModeI16, 1+r.IntN(most), 1+r.IntN(most))
		if r.IntN(2) == 0 { // nearly white: sums go a little beyond it
			for i := range src.W * src.H {
				binary.LittleEndian.PutUint16(src.Pix[2*i:], uint16(1<<16-1-r.IntN(20)*r.IntN(2)))
			}
		}
		n := 1 + r.IntN(40)
		x, y := bicubicKernel.reals16(nil, src.W, n, 0, n), bicubicKernel.reals16(nil, src.H, n, 0, n)
		across, down := picture.New(picture.ModeI16, n, src.H), picture.New(picture.ModeI16, src.W, n)
		for i := range n * src.H {
			binary.LittleEndian.PutUint16(across.Pix[2*i:], pass16(src, x, i%n, i/n*src.W, 1))
		}
		for i := range n * src.W {
			binary.LittleEndian.PutUint16(down.Pix[2*i:], pass16(src, y, i/src.W, i%src.W, src.W))
		}
		for _, s := range sets() {
			name := fmt.Sprintf("%s: %dx%d to %d", s, src.W, src.H, n)
			equalBytes(t, across.Pix, s.horizontal16(nil, src, x).Pix, name+" across")
			equalBytes(t, down.Pix, s.vertical16(nil, src, y).Pix, name+" down")
		}
	}
}
