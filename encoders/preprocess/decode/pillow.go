package decode

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"github.com/fastclip/fastclip/encoders/preprocess/decode/helper"
	"github.com/fastclip/fastclip/encoders/preprocess/decode/inflate"
	"github.com/fastclip/fastclip/encoders/preprocess/decode/jpeg"
	"github.com/fastclip/fastclip/encoders/preprocess/decode/raster"
	"github.com/fastclip/fastclip/encoders/preprocess/decode/webp"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/internal/machine"
)

// PillowDecoder decodes to Pillow's mode and pixels. Like openai/CLIP, it does not apply EXIF orientation.
type PillowDecoder struct {
	jpeg    *jpeg.Library
	webp    *webp.Library    // nil: not here
	deflate *inflate.Library // nil: Go's
	zlib    *inflate.Zlib    // nil: Go's
	helper  *helper.Process  // nil: none

	rgbx, lzw sync.Pool // memory of WebP without alpha and of GIF on their way: *[]byte, *raster.LZW
}

// PillowLibraries are the paths of libraries from Pillow's wheel, and of libdeflate. Without WebP's two libraries,
// WebP files are refused. Without libdeflate, PNG files give the same pixels, but more slowly. Without zlib,
// fastclip and Pillow may disagree on whether some damaged PNG files can be read.
type PillowLibraries struct {
	JPEG, WebP, WebPDemux, Deflate, Zlib string

	// Helper is the command line of a process that decodes with the real Pillow what is not decoded
	// here; nil: there is none, and such files are refused.
	Helper func() ([]string, error)
}

// NewPillowDecoder loads the libraries.
func NewPillowDecoder(paths PillowLibraries) (*PillowDecoder, error) {
	d := &PillowDecoder{}
	if paths.Helper != nil {
		d.helper = helper.New(paths.Helper)
	}
	var err error
	if d.jpeg, err = jpeg.Open(paths.JPEG); err != nil {
		return nil, err
	}
	if paths.Deflate != "" {
		if d.deflate, err = inflate.Open(paths.Deflate); err != nil {
			return nil, errors.Join(err, d.Close())
		}
	}
	if paths.Zlib != "" {
		if d.zlib, err = inflate.OpenZlib(paths.Zlib); err != nil {
			return nil, errors.Join(err, d.Close())
		}
	}
	if paths.WebP == "" || paths.WebPDemux == "" {
		return d, nil
	}
	if d.webp, err = webp.Open(paths.WebP, paths.WebPDemux); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Name implements Decoder.
func (d *PillowDecoder) Name() string { return "pillow" }

// Version implements Decoder.
func (d *PillowDecoder) Version() string { return picture.PillowVersion }

// Decode implements Decoder. The file's first bytes decide its format, not its name.
func (d *PillowDecoder) Decode(data []byte) (*picture.Picture, error) {
	return picture.Filled(func(p *picture.Picture) error { return d.DecodeInto(p, data) })
}

// DecodeInto implements Reuser. In steady state nothing is allocated, except by Go's PNG decoder (for files that
// are interlaced or not of 8 bits).
func (d *PillowDecoder) DecodeInto(p *picture.Picture, data []byte) error {
	if len(data) == 0 {
		return errors.New("empty file")
	}
	switch ownFormat(data) {
	case "JPEG":
		return d.decodeJPEG(data, p)
	case "PNG":
		return decodePNG(data, p, d.deflate, d.zlib)
	case "GIF":
		return d.decodeGIF(data, p)
	case "BMP":
		return raster.BMP(data, p)
	case "WebP":
		return d.decodeWebP(data, p)
	}
	return d.decodeOther(p, data, false)
}

// Close unloads the libraries and ends the helper.
func (d *PillowDecoder) Close() error {
	err := errors.Join(d.jpeg.Close(), d.deflate.Close(), d.zlib.Close())
	if d.helper != nil {
		err = errors.Join(err, d.helper.Close())
	}
	if d.webp != nil {
		err = errors.Join(err, d.webp.Close())
	}
	return err
}

func (d *PillowDecoder) decodeWebP(data []byte, p *picture.Picture) error {
	if d.webp == nil {
		return fmt.Errorf("webp: %w: libwebp is not here: run fastclip setup", machine.ErrUnavailable)
	}
	memory, _ := d.rgbx.Get().(*[]byte)
	if memory == nil {
		memory = &[]byte{}
	}
	defer d.rgbx.Put(memory)
	im, err := d.webp.Decode(data, *memory, picture.CheckSize)
	if err != nil {
		return fmt.Errorf("webp: %w", err)
	}
	if im.Alpha {
		p.Mode, p.W, p.H, p.Pix, *memory = picture.ModeRGBA, im.W, im.H, im.Pix, p.Pix
		return nil
	}
	p.Become(picture.ModeRGB, im.W, im.H)
	picture.DropAlpha(p.Pix, im.Pix) // which means nothing
	*memory = im.Pix
	return nil
}

func (d *PillowDecoder) decodeGIF(data []byte, p *picture.Picture) error {
	z, _ := d.lzw.Get().(*raster.LZW)
	if z == nil {
		z = &raster.LZW{}
	}
	defer d.lzw.Put(z)
	return raster.GIF(data, p, z)
}

func (d *PillowDecoder) decodeJPEG(data []byte, p *picture.Picture) error {
	var h jpegHeader
	if err := h.read(data); err != nil {
		return fmt.Errorf("jpeg: %w", err)
	}
	im, err := d.jpeg.Decode(data, p.Pix, picture.CheckSize)
	if err != nil {
		return fmt.Errorf("jpeg: %w", err)
	}
	p.Mode, p.W, p.H, p.Pix = picture.ModeRGB, im.W, im.H, im.Pix
	switch im.Channels {
	case 1:
		p.Mode = picture.ModeL
	case 4: // Adobe's way, which Pillow takes for granted
		p.Mode = picture.ModeCMYK
		for i, v := range im.Pix {
			im.Pix[i] = 255 - v
		}
	}
	return nil
}

// kindOf names a format that Pillow does not read either, by its first bytes; "": none such.
func kindOf(data []byte) string {
	for _, k := range []struct{ prefix, name string }{
		{"RIFF", "a RIFF file that is not WebP"},
		{"<", "a text file (SVG, HTML or XML)"}, {"%PDF", "a PDF file"},
	} {
		if bytes.HasPrefix(data, []byte(k.prefix)) {
			return k.name
		}
	}
	if len(data) >= 12 && string(data[4:8]) == "ftyp" {
		return fmt.Sprintf("a file of type %q, such as HEIC or a video, which Pillow cannot read either", data[8:12])
	}
	return ""
}
