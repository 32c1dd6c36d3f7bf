package resample

import (
	"image"
	"math"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// torchMemory is the common part of torch's filters as scratchFilters: they share the pool's memory, and
// have no colours of their own.
type torchMemory struct{}

func (torchMemory) Scratch() *Scratch { return NewScratch(&scratches) }

func (torchMemory) ResizeRGB(*Scratch, *picture.Picture, picture.Colour, int, int, image.Rectangle) *picture.Picture {
	return nil
}

// TorchFilter is torch.nn.functional.interpolate(mode="bicubic", antialias=True) on a float tensor
// (HelperInterpCubic in ATen's UpSampleKernel.cpp). Nothing is rounded, and values beyond black and white stay.
type TorchFilter struct{ torchMemory }

// Name implements Filter.
func (TorchFilter) Name() string { return "torch-bicubic-float" }

// Reads implements InScratch.
func (TorchFilter) Reads(src *picture.Picture, w, h int, crop image.Rectangle) image.Rectangle {
	return bicubicKernel.reads(src, w, h, crop)
}

// Version implements Filter.
func (TorchFilter) Version() string { return "2.15.0" }

// Resize implements Filter: it rounds the floats to 8 bits.
func (f TorchFilter) Resize(src *picture.Picture, w, h int, crop image.Rectangle) (*picture.Picture, error) {
	return f.ResizeIn(nil, src, w, h, crop), nil
}

func (f TorchFilter) ResizeIn(mem *Scratch, src *picture.Picture, w, h int, crop image.Rectangle) *picture.Picture {
	return Rounded(mem, f.ResizeFloat(mem, src, w, h, crop), crop.Dx(), crop.Dy())
}

func (TorchFilter) ResizeFloat(mem *Scratch, src *picture.Picture, w, h int, crop image.Rectangle) []float32 {
	x := torchWeights(mem, src.W, w, crop.Min.X, crop.Max.X)
	y := torchWeights(mem, src.H, h, crop.Min.Y, crop.Max.Y)
	left, right := x.reach()
	from, to := y.reach()
	part := image.Rect(left, from, right, to)
	rows := viewOf(src.ToRGB(mem, part), part)
	x.shift(left)
	y.shift(from)
	out := mem.takeFloats(3 * crop.Dx() * crop.Dy())
	used().floats(mem, out, rows, x, y)
	return out
}

// floatsGo is both passes in plain Go: the reference that faster ones are tested against.
func floatsGo(mem *Scratch, out []float32, rows view, x, y floatWeights) {
	var of255 [256]float32
	for v := range of255 {
		of255[v] = float32(v) / 255
	}
	cols := len(x.first)
	between, line := mem.takeFloats(cols*rows.height), mem.takeFloats(rows.width)
	for c := range 3 {
		for r := range rows.height {
			for i := range line {
				line[i] = of255[rows.pix[r*rows.stride+3*i+c]]
			}
			x.apply(between[r*cols:(r+1)*cols], line)
		}
		y.applyRows(out[c*cols*len(y.first):(c+1)*cols*len(y.first)], between, cols)
	}
}

// Rounded converts planes to 8 bits, with clipping.
func Rounded(mem *Scratch, planes []float32, w, h int) *picture.Picture {
	p, n := mem.Picture(picture.ModeRGB, w, h), w*h
	for i := range n {
		for c := range 3 {
			p.Pix[3*i+c] = byte(min(max(math.Round(float64(planes[c*n+i])*255), 0), 255))
		}
	}
	return p
}

// floatWeights is weights in single precision.
type floatWeights struct {
	first, n []int32
	values   []float32 // size per position
	size     int
}

// weights are those of output position i.
func (t floatWeights) weights(i int) []float32 { return t.values[i*t.size : i*t.size+int(t.n[i])] }

// reach is the range of input positions that are needed.
func (t floatWeights) reach() (from, to int) { return needed(t.first, t.n) }

// shift makes positions count from by.
func (t floatWeights) shift(by int) {
	for i := range t.first {
		t.first[i] -= int32(by)
	}
}

// torchWeights is _compute_indices_min_size_weights_aa of float, for the output positions
// [from, to). Its mixture of single and double precision shows in the sixth digit.
func torchWeights(mem *Scratch, in, out, from, to int) floatWeights {
	scale := float32(in) / float32(out)
	support, inv := float32(2), float32(1)
	if scale >= 1 {
		support, inv = 2*scale, float32(1/float64(scale))
	}
	most := int(math.Ceil(float64(support)))*2 + 1
	t := floatWeights{first: mem.takeWords(to - from), n: mem.takeWords(to - from), values: mem.takeFloats(most * (to - from)), size: most}
	for i := from; i < to; i++ {
		center := float32(float64(scale) * (float64(i) + 0.5))
		first := max(0, int(float64(center-support)+0.5))
		n := min(max(0, min(in, int(float64(center+support)+0.5))-first), most)
		t.first[i-from], t.n[i-from] = int32(first), int32(n)
		w, sum := t.weights(i-from), float32(0)
		for j := range w {
			w[j] = torchCubic(float32((float64(float32(j+first)-center) + 0.5) * float64(inv)))
			sum += w[j]
		}
		for j := range w {
			if sum != 0 {
				w[j] /= sum
			}
		}
	}
	return t
}

// torchCubic is aa_filter with a = -0.5, compiled with fused multiply and add.
func torchCubic(x float32) float32 {
	if x < 0 {
		x = -x
	}
	switch {
	case x < 1:
		return fused(fused(1.5, x, -2.5)*x, x, 1)
	case x < 2:
		return fused(fused(fused(-0.5, x, 2.5), x, -4), x, 2)
	}
	return 0
}

// fused is a*b + c in single precision, rounded once. The product is exact in double precision. The sum is
// rounded to odd, so that rounding it again to single precision is right.
func fused(a, b, c float32) float32 {
	product, add := float64(a)*float64(b), float64(c)
	sum := product + add
	other := sum - product
	lost := (product - (sum - other)) + (add - other)
	if bits := math.Float64bits(sum); lost != 0 && bits&1 == 0 {
		if (lost > 0) == (sum > 0) {
			bits++
		} else {
			bits--
		}
		sum = math.Float64frombits(bits)
	}
	return float32(sum)
}

// plain is how many of n weights are added up product by product. torch's loop takes the first weight and
// then four at a time. The rest uses fused multiply and add.
func plain(n int) int { return min(n, 1+(n-1)/4*4) }

func (t floatWeights) apply(out, line []float32) {
	for x := range t.first {
		w, first := t.weights(x), int(t.first[x])
		sum, in, some := float32(0), line[first:first+len(w)], plain(len(w))
		for j, v := range in[:some] {
			sum += float32(v * w[j])
		}
		for j := some; j < len(w); j++ {
			sum = fused(in[j], w[j], sum)
		}
		out[x] = sum
	}
}

// applyRows is apply down columns.
func (t floatWeights) applyRows(out, rows []float32, cols int) {
	for y := range t.first {
		w := t.weights(y)
		to, some := out[y*cols:(y+1)*cols], plain(len(w))
		for j, k := range w {
			at := (int(t.first[y]) + j) * cols
			in := rows[at : at+cols]
			if j < some {
				for x, v := range in {
					to[x] += float32(v * k)
				}
				continue
			}
			for x, v := range in {
				to[x] = fused(v, k, to[x])
			}
		}
	}
}
