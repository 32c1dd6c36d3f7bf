// Package preprocess turns picture files into the tensors that CLIP's image tower takes.
//
// A Pipeline is a Decoder and four stages: colour, geometry, resize, normalise. Each stage
// stands alone, so that two pipelines can be compared, and one stage at a time swapped.
// Its "pillow" stages give the bytes of Pillow 13, which openai/CLIP preprocesses with.
package preprocess

import (
	"errors"
	"fmt"
	"image"
)

// ErrUnavailable marks a pipeline whose library is not here or not built in.
var ErrUnavailable = errors.New("unavailable")

// Mode is a Pillow mode: what the channels of a Picture mean.
type Mode string

// The modes that decoders give.
const (
	Mode1    Mode = "1"    // one byte a pixel, 0 or 255
	ModeL    Mode = "L"    // grey
	ModeLA   Mode = "LA"   // grey, alpha
	ModeP    Mode = "P"    // index into Palette
	ModeRGB  Mode = "RGB"  //
	ModeRGBA Mode = "RGBA" // alpha not premultiplied
	ModeCMYK Mode = "CMYK" //
	ModeI16  Mode = "I;16" // grey, two bytes a pixel, the low one first
)

// channels is the bytes a pixel.
func (m Mode) channels() int {
	switch m {
	case ModeLA, ModeI16:
		return 2
	case ModeRGB:
		return 3
	case ModeRGBA, ModeCMYK:
		return 4
	}
	return 1
}

func (m Mode) hasAlpha() bool { return m == ModeRGBA || m == ModeLA }

// Picture is a decoded picture: H rows of W pixels without padding, a byte a channel but for I;16.
type Picture struct {
	Mode    Mode
	W, H    int
	Pix     []byte
	Palette [256][3]byte // of ModeP

	lent bool // its memory is the next picture's once it is returned
}

func newPicture(mode Mode, w, h int) *Picture {
	return &Picture{Mode: mode, W: w, H: h, Pix: make([]byte, w*h*mode.channels())}
}

// grow makes Pix n bytes long, of any content, in the memory that it has if that is enough.
func (p *Picture) grow(n int) {
	if cap(p.Pix) < n {
		p.Pix = make([]byte, n)
	}
	p.Pix = p.Pix[:n]
}

// Become makes p a picture of any content and no palette in the memory that it has, if that is enough.
func (p *Picture) Become(mode Mode, w, h int) {
	p.Mode, p.W, p.H, p.Palette = mode, w, h, [256][3]byte{}
	p.grow(w * h * mode.channels())
}

// RGB converts as Pillow's convert("RGB") does: alpha is dropped, not blended.
func (p *Picture) RGB() *Picture { return p.rgb(nil, p.bounds()) }

func (p *Picture) bounds() image.Rectangle { return image.Rect(0, 0, p.W, p.H) }

// rgb converts part of p; the rest of the result means nothing.
func (p *Picture) rgb(mem *scratch, part image.Rectangle) *Picture {
	if p.Mode == ModeRGB {
		return p
	}
	out, n := mem.picture(ModeRGB, p.W, p.H), p.Mode.channels()
	for y := part.Min.Y; y < part.Max.Y; y++ {
		to, from := out.row(y)[3*part.Min.X:3*part.Max.X], p.row(y)[n*part.Min.X:n*part.Max.X]
		if p.Mode == ModeRGBA {
			dropAlpha(to, from)
			continue
		}
		p.rgbRow(to, from, n)
	}
	return out
}

func (p *Picture) rgbRow(out, in []byte, n int) {
	for i := range len(out) / 3 {
		px, to := in[i*n:], out[3*i:3*i+3]
		switch p.Mode {
		case ModeP:
			copy(to, p.Palette[px[0]][:])
		case ModeCMYK:
			k := 255 - int(px[3])
			for c := range 3 {
				to[c] = uint8(max(0, k-muldiv255(int(px[c]), k)))
			}
		case ModeI16:
			v := clipped16(px)
			to[0], to[1], to[2] = v, v, v
		default:
			to[0], to[1], to[2] = px[0], px[0], px[0]
		}
	}
}

// reversed is RGB as BGR.
func (p *Picture) reversed(mem *scratch) *Picture {
	out := mem.picture(p.Mode, p.W, p.H)
	for i := 0; i < len(p.Pix); i += 3 {
		out.Pix[i], out.Pix[i+1], out.Pix[i+2] = p.Pix[i+2], p.Pix[i+1], p.Pix[i]
	}
	return out
}

// Grey converts as Pillow's convert("L") does.
func (p *Picture) Grey() *Picture { return p.grey(nil, p.bounds()) }

// grey converts part of p; the rest of the result means nothing.
func (p *Picture) grey(mem *scratch, part image.Rectangle) *Picture {
	if p.Mode == ModeL {
		return p
	}
	colours, out := p, mem.picture(ModeL, p.W, p.H)
	if p.Mode == ModeP || p.Mode == ModeCMYK {
		colours = p.rgb(mem, part)
	}
	n := colours.Mode.channels()
	for y := part.Min.Y; y < part.Max.Y; y++ {
		to, from := out.row(y)[part.Min.X:part.Max.X], colours.row(y)[n*part.Min.X:n*part.Max.X]
		switch p.Mode {
		case Mode1, ModeLA:
			for i := range to {
				to[i] = from[i*n]
			}
		case ModeI16:
			for i := range to {
				to[i] = clipped16(from[2*i:])
			}
		default:
			used().grey(to, from, n)
		}
	}
	return out
}

// clipped16 is how Pillow makes 8 bits of 16: it clips, and does not scale.
func clipped16(px []byte) byte {
	if px[1] != 0 {
		return 255
	}
	return px[0]
}

// muldiv255 is Pillow's MULDIV255: a*b/255, rounded.
func muldiv255(a, b int) int {
	t := a*b + 128
	return ((t >> 8) + t) >> 8
}

func (p *Picture) premultiplied(mem *scratch) *Picture {
	out := mem.picture(p.Mode, p.W, p.H)
	used().premultiply(out.Pix, p.view(p.bounds()))
	return out
}

// maxPixels is Pillow's decompression bomb limit: twice MAX_IMAGE_PIXELS is an error there.
const maxPixels = 2 * (1024 * 1024 * 1024 / 4 / 3)

// CheckSize refuses what Pillow refuses to open, before any memory is taken. Filters that make
// more of a resized picture than its crop use it too.
func CheckSize(w, h int) error {
	if w < 1 || h < 1 {
		return fmt.Errorf("size %dx%d", w, h)
	}
	if w > maxPixels/h {
		return fmt.Errorf("size %dx%d exceeds the limit of %d pixels: could be a decompression bomb", w, h, maxPixels)
	}
	return nil
}
