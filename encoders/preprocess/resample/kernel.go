package resample

import (
	"image"
	"math"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// Pillow's resampling (Resample.c of Pillow 13): a horizontal pass, then a vertical one, with
// 8 bits between them and coefficients in fixed point of this many bits.
const precision = 32 - 8 - 2

var (
	bicubicKernel  = &kernel{"bicubic", 2, bicubic}
	bilinearKernel = &kernel{"bilinear", 1, bilinear}
	boxKernel      = &kernel{"box", 0.5, box}
	hammingKernel  = &kernel{"hamming", 1, hamming}
	lanczosKernel  = &kernel{"lanczos", 3, lanczos}
)

// Names of the filters other than bicubic, as configs write them.
const (
	Bilinear = "bilinear"
	Nearest  = "nearest"
	Box      = "box"
	Hamming  = "hamming"
	Lanczos  = "lanczos"
)

// weights is what each output position takes from the input: n weights, starting at first.
type weights struct {
	first, n []int32
	values   []int32 // size per position
	size     int
	spare    int      // number of lowest bits that are zero in all values
	mem      *Scratch // memory for results
}

// reals is weights before they are rounded to fixed point.
type reals struct {
	first, n []int32
	weights  []float64 // size per position
	size     int
}

// reals is Pillow's precompute_coeffs for the output positions [from, to) of out.
func (k *kernel) reals(mem *Scratch, in, out, from, to int) reals {
	scale := float64(in) / float64(out)
	filter := math.Max(scale, 1)
	support := float64(k.support * filter)
	t := reals{size: int(math.Ceil(support))*2 + 1}
	t.weights = mem.takeReals((to - from) * t.size)
	t.first, t.n = mem.takeWords(to - from)[:0], mem.takeWords(to - from)[:0]
	inv := 1 / filter
	for i := from; i < to; i++ {
		center := float64((float64(i) + 0.5) * scale)
		first := max(0, int(center-support+0.5))
		n := min(in, int(center+support+0.5)) - first
		w, sum := t.weights[(i-from)*t.size:], 0.0
		for j := range n {
			w[j] = k.weight(float64((float64(float64(j+first)-center) + 0.5) * inv))
			sum += w[j]
		}
		for j := range n {
			if sum != 0 {
				w[j] /= sum
			}
		}
		t.first, t.n = append(t.first, int32(first)), append(t.n, int32(n))
	}
	return t
}

// coefficients is Pillow's normalize_coeffs_8bpc after precompute_coeffs.
func (k *kernel) coefficients(mem *Scratch, in, out, from, to int) weights {
	r := k.reals(mem, in, out, from, to)
	t := weights{first: r.first, n: r.n, size: r.size, values: mem.takeWords(len(r.weights)), mem: mem}
	for i, w := range r.weights {
		t.values[i] = fixed(w)
	}
	return t
}

func fixed(v float64) int32 {
	scaled := float64(v * (1 << precision))
	if v < 0 {
		return int32(scaled - 0.5)
	}
	return int32(scaled + 0.5)
}

// resample resizes to w x h and returns the part that crop names. It computes only that part. Pictures
// with alpha are premultiplied and stay so. With downFirst the vertical pass comes first.
func (s set) resample(mem *Scratch, src *picture.Picture, k weigher, w, h int, crop image.Rectangle, downFirst bool) *picture.Picture {
	x, needX := k.axis(mem, src.W, w, crop.Min.X, crop.Max.X)
	y, needY := k.axis(mem, src.H, h, crop.Min.Y, crop.Max.Y)
	part := viewOf(src, image.Rect(needX[0], needY[0], needX[1], needY[1]))
	part.mem = mem
	x, y = x.shifted(needX[0]), y.shifted(needY[0])
	if downFirst {
		if src.Mode.HasAlpha() {
			part = s.premultiplied(part)
		}
		part = s.horizontalPass(s.verticalPass(part, y), x)
	} else {
		if src.Mode.HasAlpha() {
			part = s.premultipliedPass(part, x)
		} else {
			part = s.horizontalPass(part, x)
		}
		part = s.verticalPass(part, y)
	}
	out := mem.header(src.Mode, part.width, part.height)
	out.Pix = part.compact()
	return out
}

// verticalFirst is Pillow 13's choice of order, which shows in the last bits. A picture that loses more
// than twice as many rows as columns is shrunk in y first. Up to Pillow 12 the horizontal pass always came
// first.
func verticalFirst(w, h, newW, newH int) bool {
	return h > newH && h-newH > 2*(w-newW)
}

// id implements weigher.
func (k *kernel) id() string { return k.name }

// axis is the weights of the output positions [from, to), and the input positions that they need. An axis
// whose length does not change needs no pass, so its weights are empty.
func (k *kernel) axis(mem *Scratch, in, out, from, to int) (t weights, need [2]int) {
	if in == out {
		return t, [2]int{from, to}
	}
	t = k.coefficients(mem, in, out, from, to)
	need[0], need[1] = needed(t.first, t.n)
	return t, need
}

// reach is a range that covers the input positions for the output positions [from, to).
func (k *kernel) reach(in, out, from, to int) (int, int) {
	scale := float64(in) / float64(out)
	support := k.support*math.Max(scale, 1) + 1
	return max(0, int((float64(from)+0.5)*scale-support)), min(in, int((float64(to)-0.5)*scale+support)+1)
}

// reads is a part of src that covers everything that a resize to w x h reads for crop.
func (k *kernel) reads(src *picture.Picture, w, h int, crop image.Rectangle) image.Rectangle {
	if w < 1 || h < 1 {
		return image.Rectangle{}
	}
	crop = crop.Intersect(image.Rect(0, 0, w, h))
	x0, x1 := k.reach(src.W, w, crop.Min.X, crop.Max.X)
	y0, y1 := k.reach(src.H, h, crop.Min.Y, crop.Max.Y)
	return image.Rect(x0, y0, x1, y1)
}

// cut copies a part of a picture.
func cut(mem *Scratch, src *picture.Picture, r image.Rectangle) *picture.Picture {
	if r == image.Rect(0, 0, src.W, src.H) {
		return src
	}
	n := src.Mode.Channels()
	out := mem.Picture(src.Mode, r.Dx(), r.Dy())
	for y := range r.Dy() {
		copy(out.Pix[y*r.Dx()*n:(y+1)*r.Dx()*n], src.Pix[((y+r.Min.Y)*src.W+r.Min.X)*n:])
	}
	out.Palette = src.Palette
	return out
}

// nearest is Pillow's nearest neighbour, which it resizes P and 1 with.
func nearest(mem *Scratch, src *picture.Picture, w, h int, crop image.Rectangle) *picture.Picture {
	out := mem.Picture(src.Mode, crop.Dx(), crop.Dy())
	out.Palette = src.Palette
	xs := positions(mem, src.W, w, crop.Min.X, crop.Max.X)
	for y, sy := range positions(mem, src.H, h, crop.Min.Y, crop.Max.Y) {
		for x, sx := range xs {
			out.Pix[y*out.W+x] = src.Pix[int(sy)*src.W+int(sx)]
		}
	}
	return out
}

// positions repeats ImagingScaleAffine's walk, which adds up steps in double precision.
func positions(mem *Scratch, in, out, from, to int) []int32 {
	step := float64(in) / float64(out)
	at := float64(step * 0.5)
	list := mem.takeWords(to - from)[:0]
	for i := range to {
		if i >= from {
			list = append(list, int32(min(int(at), in-1)))
		}
		at += step
	}
	return list
}
