package picture

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/isa"
)

// TestClipped16: 16 bits become 8 as Pillow does it, clipped and not scaled.
func TestClipped16(t *testing.T) {
	p := &Picture{Mode: ModeI16, W: 3, H: 1, Pix: []byte{7, 0, 255, 0, 0, 1}}
	assert.Equal(t, []byte{7, 255, 255}, p.Grey().Pix)
	assert.Equal(t, []byte{7, 7, 7, 255, 255, 255, 255, 255, 255}, p.RGB().Pix)
}

func TestCheckSize(t *testing.T) {
	assert.NoError(t, CheckSize(13377, 13377))
	assert.ErrorContains(t, CheckSize(13378, 13378), "decompression bomb")
	assert.ErrorContains(t, CheckSize(1<<31, 1<<31), "decompression bomb")
	assert.Error(t, CheckSize(0, 5))
}

// TestTake: only what was taken is given back, and a swap leaves that as it is.
func TestTake(t *testing.T) {
	p, q := Take(), New(ModeL, 2, 1)
	assert.True(t, p.lent)
	p.Become(ModeRGB, 1, 1)
	p.Swap(q)
	assert.Equal(t, []any{ModeL, true, ModeRGB, false}, []any{p.Mode, p.lent, q.Mode, q.lent})
	p.Return()
	assert.False(t, p.lent)
	q.Return()
	(*Picture)(nil).Return()
}

// TestGrey: every instruction set gives Pillow's L.
func TestGrey(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, mode := range []Mode{ModeRGB, ModeRGBA} {
		for _, pixels := range []int{1, 7, 8, 33, 1000} {
			src, n := New(mode, pixels, 1).Pix, mode.Channels()
			for i := range src {
				src[i] = byte(r.Uint32())
			}
			want := make([]byte, pixels)
			for i := range want {
				want[i] = byte((int(src[n*i])*19595 + int(src[n*i+1])*38470 + int(src[n*i+2])*7471 + 0x8000) >> 16)
			}
			for _, s := range isa.All() {
				got := make([]byte, pixels)
				greyOn(s, got, src, n)
				assert.Equal(t, want, got, "%s: %d of %s", s, pixels, mode)
			}
		}
	}
}

// rgbGo is one pixel's way to RGB in plain Go.
func rgbGo(m Mode, px []byte) [3]byte {
	v := px[0]
	switch m {
	case ModeRGBA:
		return [3]byte(px)
	case ModeI16:
		if px[1] > 0 {
			v = 255
		}
	case ModeCMYK:
		var out [3]byte
		light := 255 - int(px[3])
		for c := range out {
			t := int(px[c])*light + 128
			out[c] = byte(max(0, light-((t>>8)+t)>>8))
		}
		return out
	}
	return [3]byte{v, v, v}
}

// TestRGB: every instruction set gives the RGB of plain Go, of each mode that C knows, and so does a palette.
func TestRGB(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for mode := range fromC {
		for _, pixels := range []int{1, 7, 8, 33, 1000, 70_000} {
			p := New(mode, pixels, 1)
			n := mode.Channels()
			for i := range p.Pix {
				p.Pix[i] = byte(r.Uint32())
				if mode == ModeI16 && i%2 == 1 && r.IntN(2) == 0 {
					p.Pix[i] = 0
				}
			}
			want := make([]byte, 0, 3*pixels)
			for i := range pixels {
				px := rgbGo(mode, p.Pix[n*i:n*i+n])
				want = append(want, px[:]...)
			}
			for _, s := range isa.All() {
				got := make([]byte, 3*pixels)
				assert.True(t, rgbOn(s, mode, got, p.Pix))
				assert.Equal(t, want, got, "%s: %d of %s", s, pixels, mode)
			}
			assert.Equal(t, want, p.RGB().Pix, mode)
		}
	}
	p := New(ModeP, 256, 2)
	var want []byte
	for i := range p.Pix {
		p.Pix[i] = byte(i)
		p.Palette[byte(i)] = [3]byte{byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}
	}
	for _, v := range p.Pix {
		want = append(want, p.Palette[v][:]...)
	}
	assert.Equal(t, want, p.RGB().Pix)
}
