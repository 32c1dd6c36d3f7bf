// Package raster decodes GIF and BMP as Pillow does. It accepts the files that Pillow accepts, gives the same mode
// and pixels, and refuses all other files.
package raster

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// ErrTruncated is the error of a file that ends before its last pixel.
var ErrTruncated = errors.New("image file is truncated")

// gifFrame is what comes before the pixels of a GIF file's first frame.
type gifFrame struct {
	w, h           int // of the canvas
	x0, y0, x1, y1 int
	palette        []byte // RGB, nil: grey
	background     byte   // the transparent index; what the frame leaves of the canvas
	interlaced     bool
	bits           int
	codes          []byte // blocks of LZW codes
}

// GIF gives the mode and the pixels of the first frame as Pillow's GifImagePlugin does: P, or L if the palette is
// grey in order. It fills p and uses z's memory for the codes.
func GIF(data []byte, p *picture.Picture, z *LZW) error {
	var f gifFrame
	if err := f.read(data); err != nil {
		return fmt.Errorf("gif: %w", err)
	}
	// A code is two bits at least, and 4096 pixels at most.
	if (f.x1-f.x0)*(f.y1-f.y0) > 4*4096*(len(f.codes)+1) {
		return fmt.Errorf("gif: %w", ErrTruncated) // before memory is taken for what cannot be there
	}
	p.Become(picture.ModeL, f.w, f.h)
	if f.palette != nil {
		p.Mode = picture.ModeP
		for i := range len(f.palette) / 3 {
			copy(p.Palette[i][:], f.palette[3*i:])
		}
	}
	for i := range p.Pix {
		p.Pix[i] = f.background
	}
	if err := f.decode(p, z); err != nil {
		return fmt.Errorf("gif: %w", err)
	}
	return nil
}

// cursor reads a file; what it is asked for past the end is short.
type cursor struct{ rest []byte }

func (c *cursor) read(n int) []byte {
	n = min(n, len(c.rest))
	out := c.rest[:n]
	c.rest = c.rest[n:]
	return out
}

// block is the next data block, nil at the end of the blocks.
func (c *cursor) block() []byte {
	if n := c.read(1); len(n) == 1 && n[0] > 0 {
		return c.read(int(n[0]))
	}
	return nil
}

func (f *gifFrame) read(data []byte) error {
	c := &cursor{data}
	head := c.read(13)
	if len(head) < 13 {
		return ErrTruncated
	}
	f.w, f.h = int(binary.LittleEndian.Uint16(head[6:])), int(binary.LittleEndian.Uint16(head[8:]))
	if head[10]&0x80 != 0 {
		f.palette = neededPalette(c.read(6 << (head[10] & 7)))
	}
	for {
		s := c.read(1)
		switch {
		case len(s) == 0 || s[0] == ';':
			return errors.New("no frame in it")
		case s[0] == '!':
			if err := f.extension(c); err != nil {
				return err
			}
		case s[0] == ',':
			return f.descriptor(c)
		}
	}
}

// extension keeps the transparent index of a graphic control, and skips the others.
func (f *gifFrame) extension(c *cursor) error {
	kind := c.read(1)
	if len(kind) == 0 {
		return ErrTruncated
	}
	block := c.block()
	if kind[0] == 0xf9 && block != nil {
		if len(block) < 3 || (block[0]&1 != 0 && len(block) < 4) {
			return errors.New("broken graphic control")
		}
		if block[0]&1 != 0 {
			f.background = block[3]
		}
	}
	if kind[0] == 0xfe && block == nil {
		return nil // a comment without blocks has no second end
	}
	for c.block() != nil {
	}
	return nil
}

func (f *gifFrame) descriptor(c *cursor) error {
	s := c.read(9)
	if len(s) < 9 {
		return ErrTruncated
	}
	u16 := func(at int) int { return int(binary.LittleEndian.Uint16(s[at:])) }
	f.x0, f.y0 = u16(0), u16(2)
	f.x1, f.y1 = f.x0+u16(4), f.y0+u16(6)
	f.w, f.h = max(f.w, f.x1), max(f.h, f.y1)
	if f.x1 == f.x0 || f.y1 == f.y0 {
		return errors.New("a frame without pixels")
	}
	if err := picture.CheckSize(f.w, f.h); err != nil {
		return err
	}
	f.interlaced = s[8]&0x40 != 0
	if s[8]&0x80 != 0 {
		global := f.palette
		f.palette = neededPalette(c.read(6 << (s[8] & 7)))
		if f.palette == nil && global != nil {
			return errors.New("a grey palette beside a global one that is not: Pillow has no mode for it")
		}
	}
	bits := c.read(1)
	if len(bits) == 0 {
		return ErrTruncated
	}
	f.bits, f.codes = int(bits[0]), c.rest
	return nil
}

// neededPalette is p, or nil when every colour is the grey of its index.
func neededPalette(p []byte) []byte {
	for i := 0; i+2 < len(p); i += 3 {
		if v := byte(i / 3); p[i] != v || p[i+1] != v || p[i+2] != v {
			return p
		}
	}
	return nil
}
