// Package picture holds decoded pixels in Pillow's modes, and converts between the modes.
package picture

import (
	"fmt"
	"image"

	"github.com/fastclip/fastclip/internal/isa"
)

// PillowVersion is the version of Pillow that decoders and filters match.
const PillowVersion = "13.0.0"

// Mode is a Pillow mode: what the channels of a Picture mean.
type Mode string

// The modes that decoders give.
const (
	Mode1    Mode = "1"    // one byte per pixel, 0 or 255
	ModeL    Mode = "L"    // grey
	ModeLA   Mode = "LA"   // grey, alpha
	ModeP    Mode = "P"    // index into Palette
	ModeRGB  Mode = "RGB"  //
	ModeRGBA Mode = "RGBA" // alpha not premultiplied
	ModeCMYK Mode = "CMYK" //
	ModeI16  Mode = "I;16" // grey, two bytes a pixel, the low one first

	// Of these only the helper's formats have files.
	ModeI16B  Mode = "I;16B" // grey, two bytes a pixel, the high one first
	ModeI     Mode = "I"     // grey, a signed number of four bytes, the low one first
	ModeF     Mode = "F"     // grey, a floating point number of four bytes
	ModeYCbCr Mode = "YCbCr" //
	ModePA    Mode = "PA"    // index into Palette; its alpha is left out
)

// Channels is the number of bytes per pixel.
func (m Mode) Channels() int {
	switch m {
	case ModeLA, ModeI16, ModeI16B:
		return 2
	case ModeRGB, ModeYCbCr:
		return 3
	case ModeRGBA, ModeCMYK, ModeI, ModeF:
		return 4
	}
	return 1
}

// HasAlpha tells whether there is an opacity channel.
func (m Mode) HasAlpha() bool { return m == ModeRGBA || m == ModeLA }

// Picture is a decoded picture: H rows of W pixels without padding. There is one byte per channel, except in the
// modes I;16, I;16B, I and F.
type Picture struct {
	Mode    Mode
	W, H    int
	Pix     []byte
	Palette [256][3]byte // of ModeP and ModePA

	lent bool // its memory is the next picture's once it is returned
}

// New is a black picture.
func New(mode Mode, w, h int) *Picture {
	return &Picture{Mode: mode, W: w, H: h, Pix: make([]byte, w*h*mode.Channels())}
}

// Grow makes Pix n bytes long, with arbitrary content. It reuses the memory if that suffices.
func (p *Picture) Grow(n int) {
	if cap(p.Pix) < n {
		p.Pix = make([]byte, n)
	}
	p.Pix = p.Pix[:n]
}

// Row is row y.
func (p *Picture) Row(y int) []byte {
	n := p.W * p.Mode.Channels()
	return p.Pix[y*n : (y+1)*n]
}

// Become turns p into a picture with arbitrary content and no palette. It reuses the memory if that suffices.
func (p *Picture) Become(mode Mode, w, h int) {
	p.Mode, p.W, p.H, p.Palette = mode, w, h, [256][3]byte{}
	p.Grow(w * h * mode.Channels())
}

// Filled is a new picture that fill has filled.
func Filled(fill func(*Picture) error) (*Picture, error) {
	p := &Picture{}
	if err := fill(p); err != nil {
		return nil, err
	}
	return p, nil
}

// Memory provides the pictures for the results of conversions, with arbitrary content and no palette.
type Memory interface {
	Picture(mode Mode, w, h int) *Picture
}

// fresh is memory of its own for each.
type fresh struct{}

// Picture implements Memory.
func (fresh) Picture(mode Mode, w, h int) *Picture { return New(mode, w, h) }

// RGB converts as Pillow's convert("RGB") does: alpha is dropped, not blended.
func (p *Picture) RGB() *Picture { return p.ToRGB(fresh{}, p.Bounds()) }

// Bounds is the whole picture.
func (p *Picture) Bounds() image.Rectangle { return image.Rect(0, 0, p.W, p.H) }

// ToRGB converts a part of p. The rest of the result is undefined.
func (p *Picture) ToRGB(mem Memory, part image.Rectangle) *Picture {
	if p.Mode == ModeRGB {
		return p
	}
	out, n := mem.Picture(ModeRGB, p.W, p.H), p.Mode.Channels()
	for y := part.Min.Y; y < part.Max.Y; y++ {
		to, from := out.Row(y)[3*part.Min.X:3*part.Max.X], p.Row(y)[n*part.Min.X:n*part.Max.X]
		switch {
		case rgbOn(isa.Used(), p.Mode, to, from):
		case p.Mode == ModeP && len(to) > 0:
			fromPalette(to, from, &p.Palette)
		default:
			p.rgbRow(to, from, n)
		}
	}
	return out
}

func (p *Picture) rgbRow(out, in []byte, n int) {
	for i := range len(out) / 3 {
		px, to := in[i*n:], out[3*i:3*i+3]
		switch p.Mode {
		case ModePA:
			copy(to, p.Palette[px[0]][:])
		case ModeI16B, ModeI, ModeF:
			v := p.Mode.greyByte(px)
			to[0], to[1], to[2] = v, v, v
		case ModeYCbCr:
			ycbcrToRGB(to, px)
		}
	}
}

// Reversed is RGB as BGR.
func (p *Picture) Reversed(mem Memory) *Picture {
	out := mem.Picture(p.Mode, p.W, p.H)
	for i := 0; i < len(p.Pix); i += 3 {
		out.Pix[i], out.Pix[i+1], out.Pix[i+2] = p.Pix[i+2], p.Pix[i+1], p.Pix[i]
	}
	return out
}

// Grey converts as Pillow's convert("L") does.
func (p *Picture) Grey() *Picture { return p.ToGrey(fresh{}, p.Bounds()) }

// ToGrey converts a part of p. The rest of the result is undefined.
func (p *Picture) ToGrey(mem Memory, part image.Rectangle) *Picture {
	if p.Mode == ModeL {
		return p
	}
	colours, out := p, mem.Picture(ModeL, p.W, p.H)
	if p.Mode == ModeP || p.Mode == ModePA || p.Mode == ModeCMYK {
		colours = p.ToRGB(mem, part)
	}
	n := colours.Mode.Channels()
	for y := part.Min.Y; y < part.Max.Y; y++ {
		to, from := out.Row(y)[part.Min.X:part.Max.X], colours.Row(y)[n*part.Min.X:n*part.Max.X]
		switch {
		case p.Mode == Mode1, p.Mode == ModeLA, p.Mode == ModeYCbCr:
			for i := range to {
				to[i] = from[i*n]
			}
		case p.Mode.wideGrey():
			for i := range to {
				to[i] = p.Mode.greyByte(from[i*n:])
			}
		default:
			greyOf(to, from, n)
		}
	}
	return out
}

// maxPixels is Pillow's decompression bomb limit: twice MAX_IMAGE_PIXELS is an error there.
const maxPixels = 2 * (1024 * 1024 * 1024 / 4 / 3)

// CheckSize refuses pictures that Pillow refuses to open, before memory is taken. Filters that compute more of a
// resized picture than its crop use it too.
func CheckSize(w, h int) error {
	if w < 1 || h < 1 {
		return fmt.Errorf("size %dx%d", w, h)
	}
	if w > maxPixels/h {
		return fmt.Errorf("size %dx%d exceeds the limit of %d pixels: could be a decompression bomb", w, h, maxPixels)
	}
	return nil
}
