package raster

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// bmpHeader is a BMP file's, as far as Pillow's BmpImagePlugin reads it.
type bmpHeader struct {
	w, h        int
	topDown     bool
	bits        int
	compression uint32
	colours     int
	entry       int       // bytes a palette entry
	masks       [4]uint32 // red, green, blue, alpha
	offset      int       // of the pixels
	mode        picture.Mode
	palette     []byte

	pixelBits int     // that a pixel is read from, which a grey palette may make others than bits
	order     [4]byte // where in a pixel of whole bytes red, green, blue and alpha lie
	greenBits int     // of a pixel of 16 bits; red and blue have 5
}

// The compressions that Pillow reads.
const (
	bmpRaw, bmpRLE8, bmpRLE4, bmpBitfields = 0, 1, 2, 3
)

// BMP gives the mode and the pixels that Pillow gives: P, or L or 1 if the palette is grey in order. 32 bits
// without masks are RGB.
func BMP(data []byte, p *picture.Picture) error {
	var h bmpHeader
	if err := h.read(data); err != nil {
		return fmt.Errorf("bmp: %w", err)
	}
	if err := picture.CheckSize(h.w, h.h); err != nil {
		return fmt.Errorf("bmp: %w", err)
	}
	rows := data[min(h.offset, len(data)):]
	if h.compression != bmpRLE8 && h.compression != bmpRLE4 && len(rows) < h.pixelBytes() {
		return fmt.Errorf("bmp: %w", ErrTruncated) // before memory is taken for what is not there
	}
	p.Become(h.mode, h.w, h.h)
	for i := 0; i < len(h.palette)/h.entry && i < 256 && h.mode == picture.ModeP; i++ {
		q := h.palette[i*h.entry:]
		p.Palette[i] = [3]byte{q[2], q[1], q[0]}
	}
	var err error
	if h.compression == bmpRLE8 || h.compression == bmpRLE4 {
		err = h.runs(p, rows)
	} else {
		err = h.rows(p, rows)
	}
	if err != nil {
		return fmt.Errorf("bmp: %w", err)
	}
	return nil
}

func (h *bmpHeader) read(data []byte) error {
	c := &cursor{data}
	head := c.read(14 + 4)
	if len(head) < 18 {
		return ErrTruncated
	}
	h.offset = int(binary.LittleEndian.Uint32(head[10:]))
	size := int(binary.LittleEndian.Uint32(head[14:]))
	var err error
	switch size {
	case 12:
		err = h.oldHeader(c.read(size - 4))
	case 40, 52, 56, 64, 108, 124:
		err = h.header(c, c.read(size-4), size)
	default:
		err = fmt.Errorf("unsupported header of %d bytes", size)
	}
	if err != nil {
		return err
	}
	if h.colours == 0 {
		h.colours = 1 << h.bits
	}
	if h.offset == 14+size && h.bits <= 8 {
		h.offset += h.entry * h.colours
	}
	if err := h.layout(); err != nil {
		return err
	}
	if h.mode == picture.ModeP {
		if err := h.readPalette(c); err != nil {
			return err
		}
	}
	if h.offset == 0 {
		h.offset = len(data) - len(c.rest)
	}
	return nil
}

func (h *bmpHeader) oldHeader(b []byte) error {
	if len(b) < 8 {
		return ErrTruncated
	}
	u16 := func(at int) int { return int(binary.LittleEndian.Uint16(b[at:])) }
	h.w, h.h, h.bits, h.entry = u16(0), u16(2), u16(6), 3
	return h.checkBits()
}

func (h *bmpHeader) checkBits() error {
	switch h.bits {
	case 1, 4, 8, 16, 24, 32:
		return nil
	}
	return fmt.Errorf("unsupported depth of %d bits", h.bits)
}

func (h *bmpHeader) header(c *cursor, b []byte, size int) error {
	if len(b) < size-4 {
		return ErrTruncated
	}
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	h.w, h.h, h.entry = int(u32(0)), int(u32(4)), 4
	if b[7] == 0xff {
		h.topDown, h.h = true, 1<<32-h.h
	}
	h.bits, h.compression, h.colours = int(binary.LittleEndian.Uint16(b[10:])), u32(12), int(u32(28))
	if h.compression == bmpBitfields {
		masks, n := b, 36
		if len(b) < 48 { // they follow the header
			if masks, n = c.read(12), 0; len(masks) < 12 {
				return ErrTruncated
			}
		}
		for i := range 3 {
			h.masks[i] = binary.LittleEndian.Uint32(masks[n+4*i:])
		}
		if len(b) >= 52 {
			h.masks[3] = u32(48)
		}
	}
	return h.checkBits()
}

// layout is how the pixels lie where no masks say so.
func (h *bmpHeader) layout() error {
	h.mode, h.pixelBits, h.greenBits = picture.ModeRGB, h.bits, 5
	if h.bits <= 8 {
		h.mode = picture.ModeP
	}
	if h.bits >= 24 {
		h.order = [4]byte{2, 1, 0}
	}
	switch h.compression {
	case bmpRaw:
		return nil
	case bmpRLE8, bmpRLE4:
		if h.mode != picture.ModeP {
			return errors.New("run lengths of a picture without palette")
		}
		return nil
	case bmpBitfields:
		return h.bitfields()
	}
	return fmt.Errorf("unsupported compression %d", h.compression)
}

// readPalette reads it, and drops it when every colour is the grey of its index.
func (h *bmpHeader) readPalette(c *cursor) error {
	if h.colours > 1<<16 {
		return fmt.Errorf("unsupported palette of %d colours", h.colours)
	}
	h.palette = c.read(h.entry * h.colours)
	if !h.grey() {
		if len(h.palette) > 256*h.entry {
			return fmt.Errorf("unsupported palette of %d colours", h.colours)
		}
		return nil
	}
	h.mode, h.pixelBits = picture.ModeL, 8
	if h.colours <= 2 {
		h.mode, h.pixelBits = picture.Mode1, 1
	}
	return nil
}

// grey says whether every colour is the grey of its index.
func (h *bmpHeader) grey() bool {
	for i := range h.colours {
		want := byte(i)
		if h.colours == 2 {
			want = byte(255 * i)
		}
		at := i * h.entry
		if at+3 > len(h.palette) || h.palette[at] != want || h.palette[at+1] != want || h.palette[at+2] != want {
			return false
		}
	}
	return true
}
