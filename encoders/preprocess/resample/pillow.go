package resample

import (
	"image"
	"sync"

	"github.com/fastclip/fastclip/internal/isa"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// PillowFilter is Pillow's Image.resize: RGBA and LA are premultiplied, P and 1 always use the nearest neighbour.
type PillowFilter struct {
	k    *kernel
	set  set
	pool *sync.Pool // of scratch
}

// PillowBicubic is Image.Resampling.BICUBIC, antialiased.
func PillowBicubic() PillowFilter { return PillowFilter{bicubicKernel, used(), &sync.Pool{}} }

// Pillow is one of Image.Resampling, by its name in lower case; "" is bicubic.
func Pillow(name string) PillowFilter { return PillowFilter{kernelOf(name), used(), &sync.Pool{}} }

// On is f on an instruction set of isa.All; "" is the default one.
func (f PillowFilter) On(name string) (PillowFilter, error) {
	if name == "" {
		return f, nil
	}
	s, err := isa.Parse(name)
	f.set = set(s)
	return f, err
}

// Name implements Filter.
func (f PillowFilter) Name() string { return "pillow-" + f.k.name }

// Version implements Filter.
func (f PillowFilter) Version() string { return picture.PillowVersion }

// Resize implements Filter.
func (f PillowFilter) Resize(src *picture.Picture, w, h int, crop image.Rectangle) (*picture.Picture, error) {
	return f.ResizeIn(nil, src, w, h, crop), nil
}

func (f PillowFilter) Scratch() *Scratch { return NewScratch(f.pool) }

func (f PillowFilter) Reads(src *picture.Picture, w, h int, crop image.Rectangle) image.Rectangle {
	return f.k.reads(src, w, h, crop)
}

func (f PillowFilter) ResizeRGB(mem *Scratch, src *picture.Picture, c picture.Colour, w, h int, crop image.Rectangle) *picture.Picture {
	if w == src.W && h == src.H {
		return nil
	}
	return f.set.resampleRGB(mem, src, c, f.k, w, h, crop, verticalFirst(src.W, src.H, w, h))
}

func (f PillowFilter) ResizeIn(mem *Scratch, src *picture.Picture, w, h int, crop image.Rectangle) *picture.Picture {
	switch {
	case w == src.W && h == src.H:
		return cut(mem, src, crop)
	case src.Mode == picture.Mode1 || src.Mode == picture.ModeP:
		return nearest(mem, src, w, h, crop)
	case src.Mode == picture.ModeI16, src.Mode == picture.ModeI16B: // Pillow 13 takes the bytes of both for I;16's
		return f.k.resample16(mem, f.set, src, w, h, crop)
	case src.Mode == picture.ModeI, src.Mode == picture.ModeF:
		return f.k.resample32(mem, src, w, h, crop)
	}
	out := f.set.resample(mem, src, f.k, w, h, crop, verticalFirst(src.W, src.H, w, h))
	if src.Mode == picture.ModePA {
		out.Palette = [256][3]byte{} // Pillow 13 loses it: the result is black
	}
	if src.Mode.HasAlpha() {
		out.Unpremultiply()
	}
	return out
}
