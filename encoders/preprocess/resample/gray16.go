package resample

import (
	"encoding/binary"
	"image"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// resample16 is resample of I;16 and I;16B, which Pillow computes in double precision and rounds to 16
// bits after each pass (Resample.c, 16bpc).
func (k *kernel) resample16(mem *Scratch, src *picture.Picture, w, h int, crop image.Rectangle) *picture.Picture {
	x, y := k.reals16(mem, src.W, w, crop.Min.X, crop.Max.X), k.reals16(mem, src.H, h, crop.Min.Y, crop.Max.Y)
	if verticalFirst(src.W, src.H, w, h) {
		return horizontal16(mem, vertical16(mem, src, y), x)
	}
	return vertical16(mem, horizontal16(mem, src, x), y)
}

// reals16 of an axis that keeps its length copy.
func (k *kernel) reals16(mem *Scratch, in, out, from, to int) reals {
	if in != out {
		return k.reals(mem, in, out, from, to)
	}
	n := to - from
	r := reals{first: mem.takeWords(n), n: mem.takeWords(n), weights: mem.takeReals(n), size: 1}
	for i := range n {
		r.first[i], r.n[i], r.weights[i] = int32(from+i), 1, 1
	}
	return r
}

func horizontal16(mem *Scratch, src *picture.Picture, t reals) *picture.Picture {
	out := mem.Picture(src.Mode, len(t.first), src.H)
	for y := range out.H {
		in, to := src.Row(y), out.Row(y)
		for x := range out.W {
			put16(to[2*x:], t.sum(x, in, 2))
		}
	}
	return out
}

func vertical16(mem *Scratch, src *picture.Picture, t reals) *picture.Picture {
	out := mem.Picture(src.Mode, src.W, len(t.first))
	for y := range out.H {
		to := out.Row(y)
		for x := range out.W {
			put16(to[2*x:], t.sum(y, src.Pix[2*x:], 2*src.W))
		}
	}
	return out
}

// sum is output position i of pixels that lie step bytes apart.
func (t reals) sum(i int, in []byte, step int) float64 {
	sum, at := 0.0, int(t.first[i])*step
	for _, k := range t.weights[i*t.size : i*t.size+int(t.n[i])] {
		sum += float64(float64(binary.LittleEndian.Uint16(in[at:])) * k)
		at += step
	}
	return sum
}

// put16 rounds and clips.
func put16(out []byte, sum float64) {
	binary.LittleEndian.PutUint16(out, uint16(min(max(0, int(sum+0.5)), 1<<16-1)))
}
