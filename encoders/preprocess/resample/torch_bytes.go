package resample

import (
	"image"
	"math"
	"slices"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// TorchByteFilter is interpolate(mode="bicubic", antialias=True) of a uint8 tensor, or another mode, which
// torchvision and Hugging Face's image processors resize with: Pillow's algorithm, with weights
// of 16 bits and always the horizontal pass first (UpSampleKernelAVXAntialias.h in ATen).
type TorchByteFilter struct {
	Mode string // Bilinear, Lanczos or Nearest; "": bicubic

	torchMemory
}

func (f TorchByteFilter) kernel() kernel { return kernelOf(f.Mode) }

// Name implements Filter.
func (f TorchByteFilter) Name() string {
	if f.Mode == Nearest {
		return "torch-nearest-exact-uint8"
	}
	return "torch-" + f.kernel().name + "-uint8"
}

// Version implements Filter.
func (TorchByteFilter) Version() string { return "2.15.0" }

// Resize implements Filter.
func (f TorchByteFilter) Resize(src *picture.Picture, w, h int, crop image.Rectangle) (*picture.Picture, error) {
	return f.ResizeIn(nil, src, w, h, crop), nil
}

func (f TorchByteFilter) ResizeIn(mem *Scratch, src *picture.Picture, w, h int, crop image.Rectangle) *picture.Picture {
	src = src.ToRGB(mem, src.Bounds())
	if f.Mode == Nearest {
		return nearestExact(mem, src, w, h, crop)
	}
	y, from, to := shortWeights{}, crop.Min.Y, crop.Max.Y
	if h != src.H {
		y = f.weights(mem, src.H, h, from, to)
		last := len(y.first) - 1
		from, to = int(y.first[0]), int(y.first[last]+y.n[last])
	}
	part := viewOf(src, image.Rect(0, from, src.W, to))
	part.mem = mem
	if part = f.resizeRows(part, w, crop); h != src.H {
		part = y.columns(part, from)
	}
	out := mem.header(picture.ModeRGB, part.width, part.height)
	out.Pix = part.compact()
	return out
}

// nearestExact is mode="nearest-exact", which reads the pixel at each position's middle.
func nearestExact(mem *Scratch, src *picture.Picture, w, h int, crop image.Rectangle) *picture.Picture {
	out := mem.Picture(picture.ModeRGB, crop.Dx(), crop.Dy())
	xs := middles(mem, src.W, w, crop.Min.X, crop.Max.X)
	for y, sy := range middles(mem, src.H, h, crop.Min.Y, crop.Max.Y) {
		in, to := src.Row(int(sy)), out.Row(y)
		for x, sx := range xs {
			copy(to[3*x:3*x+3], in[3*sx:])
		}
	}
	return out
}

// middles is ATen's nearest_exact_idx for the output positions [from, to), in single precision as there.
func middles(mem *Scratch, in, out, from, to int) []int32 {
	scale, list := float32(in)/float32(out), mem.takeWords(to-from)
	for i := range list {
		list[i] = int32(min(int(float32((float64(from+i)+0.5)*float64(scale))), in-1))
	}
	return list
}

// shortWeights is weights of 16 bits, with as many bits after the point as the largest has room for.
type shortWeights struct {
	weights
	bits int
}

func (f TorchByteFilter) weights(mem *Scratch, in, out, from, to int) shortWeights {
	k, most := f.kernel(), 0.0
	const some = 1024 // positions: a picture of one row can be blown up to millions
	for i := 0; i < out; i += some {
		mem.forReals(func() { most = max(most, slices.Max(k.reals(mem, in, out, i, min(out, i+some)).weights)) })
	}
	bits := 0
	for ; bits < 22 && int(0.5+most*float64(int(1)<<(bits+1))) < 1<<15; bits++ {
	}
	r := k.reals(mem, in, out, from, to)
	t := shortWeights{weights{first: r.first, n: r.n, size: r.size, values: mem.takeWords(len(r.weights))}, bits}
	for i, w := range r.weights {
		t.values[i] = int32(w*float64(int(1)<<bits) + math.Copysign(0.5, w))
	}
	return t
}

func (f TorchByteFilter) resizeRows(src view, w int, crop image.Rectangle) view {
	if w == src.width {
		src.pix, src.width = src.pix[crop.Min.X*src.channels:], crop.Dx()
		return src
	}
	t := f.weights(src.mem, src.width, w, crop.Min.X, crop.Max.X)
	out := newView(src.mem, crop.Dx(), src.height, src.channels)
	for y := range src.height {
		in, to := src.pix[y*src.stride:], out.pix[y*out.stride:]
		for x := range out.width {
			for c := range src.channels {
				to[x*src.channels+c] = t.sum(x, in[c:], src.channels, 0)
			}
		}
	}
	return out
}

// columns resizes down columns; v begins with input row from.
func (t shortWeights) columns(v view, from int) view {
	out := newView(v.mem, v.width, len(t.first), v.channels)
	for y := range out.height {
		for x := range out.stride {
			out.pix[y*out.stride+x] = t.sum(y, v.pix[x:], v.stride, from)
		}
	}
	return out
}

// sum is output position i of bytes that lie step apart.
func (t shortWeights) sum(i int, in []byte, step, from int) byte {
	sum, at := int32(1)<<(t.bits-1), (int(t.first[i])-from)*step
	for _, k := range t.values[i*t.size : i*t.size+int(t.n[i])] {
		sum += int32(in[at]) * k
		at += step
	}
	return byte(min(max(sum>>t.bits, 0), 255))
}
