package resample

import (
	"image"
	"math"
	"slices"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// TorchByteFilter is interpolate(mode="bicubic", antialias=True), or another mode, on a uint8 tensor. torchvision
// and Hugging Face's image processors resize with it. It is Pillow's algorithm with 16-bit weights, and the
// horizontal pass is always first (UpSampleKernelAVXAntialias.h in ATen).
type TorchByteFilter struct {
	Mode string // Bilinear, Lanczos or Nearest; "": bicubic

	torchMemory
}

// Name implements Filter.
func (f TorchByteFilter) Name() string {
	if f.Mode == Nearest {
		return "torch-nearest-exact-uint8"
	}
	return f.weigher().name + "-uint8"
}

// weigher returns a pointer, so that a picture needs no allocation.
func (f TorchByteFilter) weigher() *torchWeigher {
	switch f.Mode {
	case Bilinear:
		return torchBilinear
	case Lanczos:
		return torchLanczos
	}
	return torchBicubic
}

// Reads implements InScratch.
func (f TorchByteFilter) Reads(src *picture.Picture, w, h int, crop image.Rectangle) image.Rectangle {
	if f.Mode == Nearest {
		return src.Bounds()
	}
	return f.weigher().kernel.reads(src, w, h, crop)
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
	return used().resample(mem, src, f.weigher(), w, h, crop, false)
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

// ResizeRGB implements InScratch.
func (f TorchByteFilter) ResizeRGB(mem *Scratch, src *picture.Picture, c picture.Colour, w, h int, crop image.Rectangle) *picture.Picture {
	if f.Mode == Nearest {
		return nil
	}
	return used().resampleRGB(mem, src, c, f.weigher(), w, h, crop, false)
}

// torchWeigher is torch's form of one of Pillow's kernels.
type torchWeigher struct {
	name   string
	kernel *kernel
}

var (
	torchBicubic  = &torchWeigher{"torch-bicubic", bicubicKernel}
	torchBilinear = &torchWeigher{"torch-bilinear", bilinearKernel}
	torchLanczos  = &torchWeigher{"torch-lanczos", lanczosKernel}
)

// id implements weigher.
func (f *torchWeigher) id() string { return f.name }

// axis implements weigher. torch's weights have 16 bits. As many bits come after the point as the largest
// weight leaves room for. The weights give the same bytes when shifted to Pillow's precision, because the
// sum and the half that rounds it are multiplied by the same power of two.
func (f *torchWeigher) axis(mem *Scratch, in, out, from, to int) (t weights, need [2]int) {
	if in == out {
		return t, [2]int{from, to}
	}
	s := f.weights(mem, in, out, from, to)
	s.spare = precision - s.bits
	for i := range s.values {
		s.values[i] <<= s.spare
	}
	need[0], need[1] = needed(s.first, s.n)
	return s.weights, need
}

// shortWeights holds 16-bit weights, with as many bits after the point as the largest weight leaves room
// for.
type shortWeights struct {
	weights
	bits int
}

func (f *torchWeigher) weights(mem *Scratch, in, out, from, to int) shortWeights {
	k, most := f.kernel, 0.0
	const some = 1024 // positions at a time, because a picture of one row can be enlarged to millions
	for i := 0; i < out; i += some {
		mem.forReals(func() { most = max(most, slices.Max(k.reals(mem, in, out, i, min(out, i+some)).weights)) })
	}
	bits := 0
	for ; bits < 22 && int(0.5+most*float64(int(1)<<(bits+1))) < 1<<15; bits++ {
	}
	r := k.reals(mem, in, out, from, to)
	t := shortWeights{weights{first: r.first, n: r.n, size: r.size, values: mem.takeWords(len(r.weights)), mem: mem}, bits}
	for i, w := range r.weights {
		t.values[i] = int32(w*float64(int(1)<<bits) + math.Copysign(0.5, w))
	}
	return t
}
