package resample

import (
	"encoding/binary"
	"image"
	"math"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// resample32 is resample of I and F, which Pillow sums in double precision and keeps as 32 bits after
// each pass (Resample.c, 32bpc).
func (k kernel) resample32(mem *Scratch, src *picture.Picture, w, h int, crop image.Rectangle) *picture.Picture {
	x, y := k.reals16(mem, src.W, w, crop.Min.X, crop.Max.X), k.reals16(mem, src.H, h, crop.Min.Y, crop.Max.Y)
	if verticalFirst(src.W, src.H, w, h) {
		return horizontal32(mem, vertical32(mem, src, y), x)
	}
	return vertical32(mem, horizontal32(mem, src, x), y)
}

func horizontal32(mem *Scratch, src *picture.Picture, t reals) *picture.Picture {
	out := mem.Picture(src.Mode, len(t.first), src.H)
	for y := range out.H {
		in, to := src.Row(y), out.Row(y)
		for x := range out.W {
			put32(src.Mode, to[4*x:], t.sum32(src.Mode, x, in, 4))
		}
	}
	return out
}

func vertical32(mem *Scratch, src *picture.Picture, t reals) *picture.Picture {
	out := mem.Picture(src.Mode, src.W, len(t.first))
	for y := range out.H {
		to := out.Row(y)
		for x := range out.W {
			put32(src.Mode, to[4*x:], t.sum32(src.Mode, y, src.Pix[4*x:], 4*src.W))
		}
	}
	return out
}

// sum32 is output position i for pixels that are step bytes apart.
func (t reals) sum32(m picture.Mode, i int, in []byte, step int) float64 {
	sum, at := 0.0, int(t.first[i])*step
	for _, k := range t.weights[i*t.size : i*t.size+int(t.n[i])] {
		bits := binary.LittleEndian.Uint32(in[at:])
		v := float64(int32(bits))
		if m == picture.ModeF {
			v = float64(math.Float32frombits(bits))
		}
		sum += float64(v * k)
		at += step
	}
	return sum
}

// put32 stores a sum as it is, or rounded with halves away from zero.
func put32(m picture.Mode, out []byte, sum float64) {
	if m == picture.ModeF {
		binary.LittleEndian.PutUint32(out, math.Float32bits(float32(sum)))
		return
	}
	v := math.Copysign(math.Floor(math.Abs(sum)+0.5), sum)
	if !(v >= math.MinInt32 && v <= math.MaxInt32) {
		v = math.MinInt32 // processors convert values that do not fit in this way
	}
	binary.LittleEndian.PutUint32(out, uint32(int32(v)))
}
