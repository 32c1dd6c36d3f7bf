package decode

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
	"sync"

	"github.com/fastclip/fastclip/encoders/preprocess/decode/inflate"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// pngFile is what is known about a PNG file before its pixels are decoded.
type pngFile struct {
	w, h          int
	depth, colour byte
	interlaced    bool
	mode          picture.Mode
	samples       int // channels as stored
	palette       [256][3]byte
	paletteBytes  int
	seenPalette   bool
	oneClear      bool // one colour of the palette is transparent

	frame         image.Rectangle // where the pixels go, by APNG's frame control; empty without one
	framed        bool
	lastSequence  int // of APNG's frames, -1 before the first
	frames        int // by APNG's animation control
	text          int // bytes of text that were unpacked
	compressed    [][]byte
	compressedLen int
	cut           bool // the last chunk of pixels is incomplete

	zlib   *inflate.Zlib // nil: Go's
	memory pngMemory
}

// pngMemory is reused for the next file.
type pngMemory struct {
	joined, zeros []byte        // of fast
	lines         []byte        // of slow: two, and a byte for the filter
	inflater      io.ReadCloser // of slow, which reads parts
	parts         pngParts
	zlibParts     zlibParts
	one           [1]byte
}

var pngFiles = sync.Pool{New: func() any { return &pngFile{} }}

// release forgets the file but keeps the memory.
func (f *pngFile) release() {
	clear(f.compressed)
	*f = pngFile{compressed: f.compressed[:0], memory: f.memory}
	f.memory.parts, f.memory.zlibParts = pngParts{}, zlibParts{}
	pngFiles.Put(f)
}

// decodePNG gives the mode and the pixels of Pillow's PngImagePlugin. It rejects what that plugin rejects.
func decodePNG(data []byte, p *picture.Picture, deflate *inflate.Library, zlib *inflate.Zlib) error {
	f := pngFiles.Get().(*pngFile)
	f.zlib = zlib
	defer f.release()
	if err := f.decode(data, p, deflate); err != nil {
		return fmt.Errorf("png: %w", err)
	}
	return nil
}

func (f *pngFile) decode(data []byte, p *picture.Picture, deflate *inflate.Library) error {
	chunks := pngChunks{rest: data[len(pngSignature):]}
	if err := f.before(&chunks); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	animated := f.frames > 1 || f.frames == 1 && !f.framed
	if err := f.pixelChunks(&chunks); err != nil {
		return err
	}
	if err := f.pixels(p, deflate); err != nil {
		return err
	}
	seenPalette := f.seenPalette // a palette after the pixels comes too late
	if err := f.after(&chunks, animated); err != nil {
		return err
	}
	if p.Mode == picture.ModeP && f.oneClear && !seenPalette {
		return errors.New("a transparent colour without a palette: Pillow cannot convert it")
	}
	return nil
}

// pixels fills p.
func (f *pngFile) pixels(p *picture.Picture, deflate *inflate.Library) error {
	p.Mode, p.W, p.H, p.Palette = f.mode, f.w, f.h, f.palette
	if f.framed && f.frame != image.Rect(0, 0, f.w, f.h) {
		return f.part(p)
	}
	if f.fast(p, deflate) {
		return nil
	}
	return f.slow(p)
}

// part fills the part of p that a frame control names, and leaves the rest black.
func (f *pngFile) part(p *picture.Picture) error {
	if f.frame.Empty() {
		return errors.New("a frame without pixels")
	}
	whole, at := image.Pt(f.w, f.h), f.frame.Min
	f.w, f.h = f.frame.Dx(), f.frame.Dy()
	small := &picture.Picture{Mode: f.mode, W: f.w, H: f.h}
	err := f.slow(small)
	f.w, f.h = whole.X, whole.Y
	if err != nil {
		return err
	}
	p.Grow(p.W * p.H * p.Mode.Channels())
	clear(p.Pix)
	for y := range small.H {
		copy(p.Row(at.Y + y)[at.X*p.Mode.Channels():], small.Row(y))
	}
	return nil
}

// check makes Pillow's checks before pixels are read.
func (f *pngFile) check() error {
	switch {
	case f.samples == 0:
		return errors.New("no header of a known kind")
	case f.mode == picture.ModeP && f.paletteBytes/3 > 256:
		return fmt.Errorf("palette of %d colours", f.paletteBytes/3)
	}
	return picture.CheckSize(f.w, f.h)
}

// header reads IHDR. A second IHDR counts, too. If its kind of pixels is unknown, its size still counts.
func (f *pngFile) header(body []byte) error {
	if body[11] != 0 {
		return fmt.Errorf("unknown filter method %d", body[11])
	}
	f.w, f.h = int(binary.BigEndian.Uint32(body)), int(binary.BigEndian.Uint32(body[4:])) // which check looks at
	f.interlaced = f.interlaced || body[12] != 0
	if mode, samples := pngMode(body[8], body[9]); samples > 0 {
		f.mode, f.samples, f.depth, f.colour = mode, samples, body[8], body[9]
	}
	return nil
}

func (f *pngFile) bitsPerPixel() int { return f.samples * int(f.depth) }

// pngMode is Pillow's mode for a depth and colour type, with the number of stored channels. The number is
// 0 when there is no mode.
func pngMode(depth, colour byte) (m picture.Mode, samples int) {
	wide := depth == 16
	switch {
	case colour == 0 && depth == 1:
		return picture.Mode1, 1
	case colour == 0 && (depth == 2 || depth == 4 || depth == 8):
		return picture.ModeL, 1
	case colour == 0 && wide:
		return picture.ModeI16, 1
	case colour == 3 && (depth == 1 || depth == 2 || depth == 4 || depth == 8):
		return picture.ModeP, 1
	case colour == 2 && (depth == 8 || wide):
		return picture.ModeRGB, 3
	case colour == 4 && depth == 8:
		return picture.ModeLA, 2
	case colour == 4 && wide:
		return picture.ModeRGBA, 2
	case colour == 6 && (depth == 8 || wide):
		return picture.ModeRGBA, 4
	}
	return "", 0
}
