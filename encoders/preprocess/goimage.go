package preprocess

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // the formats that image.Decode knows here
	_ "image/jpeg"
	_ "image/png"
	"runtime"

	_ "golang.org/x/image/bmp"
	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"
)

// GoDecoder is the standard library's image.Decode.
type GoDecoder struct{}

// Name implements Decoder.
func (GoDecoder) Name() string { return "go-image" }

// Version implements Decoder.
func (GoDecoder) Version() string { return runtime.Version() }

// Decode implements Decoder. JPEG files come as RGB or grey, PNG files with colour as RGBA.
func (GoDecoder) Decode(data []byte) (*Picture, error) {
	conf, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if err := CheckSize(conf.Width, conf.Height); err != nil {
		return nil, err
	}
	im, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return fromImage(im), nil
}

// fromImage copies a standard library's picture; YCbCr is converted as image/color does.
func fromImage(im image.Image) *Picture {
	b := im.Bounds()
	switch im := im.(type) {
	case *image.Gray:
		p := newPicture(ModeL, b.Dx(), b.Dy())
		for y := range p.H {
			copy(p.Pix[y*p.W:(y+1)*p.W], im.Pix[y*im.Stride:])
		}
		return p
	case *image.YCbCr:
		p := newPicture(ModeRGB, b.Dx(), b.Dy())
		for y := range p.H {
			for x := range p.W {
				yi, ci := im.YOffset(b.Min.X+x, b.Min.Y+y), im.COffset(b.Min.X+x, b.Min.Y+y)
				px := p.Pix[3*(y*p.W+x) : 3*(y*p.W+x)+3]
				px[0], px[1], px[2] = color.YCbCrToRGB(im.Y[yi], im.Cb[ci], im.Cr[ci])
			}
		}
		return p
	case *image.NRGBA:
		p := newPicture(ModeRGBA, b.Dx(), b.Dy())
		for y := range p.H {
			copy(p.Pix[4*y*p.W:4*(y+1)*p.W], im.Pix[y*im.Stride:])
		}
		return p
	}
	p := newPicture(ModeRGBA, b.Dx(), b.Dy())
	for y := range p.H {
		for x := range p.W {
			c := color.NRGBAModel.Convert(im.At(b.Min.X+x, b.Min.Y+y)).(color.NRGBA)
			copy(p.Pix[4*(y*p.W+x):], []byte{c.R, c.G, c.B, c.A})
		}
	}
	return p
}

// GoFilter is golang.org/x/image/draw's CatmullRom into an image.RGBA, unpremultiplied after.
type GoFilter struct{}

// Name implements Filter.
func (GoFilter) Name() string { return "x-image-catmullrom" }

// Version implements Filter.
func (GoFilter) Version() string { return "0.47.0" }

// Resize implements Filter.
func (GoFilter) Resize(src *Picture, w, h int, crop image.Rectangle) (*Picture, error) {
	if err := CheckSize(w, h); err != nil {
		return nil, err
	}
	in, err := src.image()
	if err != nil {
		return nil, err
	}
	full := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(full, full.Bounds(), in, in.Bounds(), draw.Src, nil)
	out := newPicture(ModeRGBA, crop.Dx(), crop.Dy())
	for y := range out.H {
		at := full.PixOffset(crop.Min.X, crop.Min.Y+y)
		copy(out.Pix[4*y*out.W:4*(y+1)*out.W], full.Pix[at:])
	}
	out.unpremultiply()
	return out, nil
}

// image is the picture as the standard library has it.
func (p *Picture) image() (image.Image, error) {
	switch p.Mode {
	case ModeL, Mode1:
		return &image.Gray{Pix: p.Pix, Stride: p.W, Rect: image.Rect(0, 0, p.W, p.H)}, nil
	case ModeRGBA:
		return &image.NRGBA{Pix: p.Pix, Stride: 4 * p.W, Rect: image.Rect(0, 0, p.W, p.H)}, nil
	case ModeRGB, ModeP, ModeCMYK:
		rgb := p.RGB()
		out := image.NewRGBA(image.Rect(0, 0, p.W, p.H))
		for i := range p.W * p.H {
			copy(out.Pix[4*i:], rgb.Pix[3*i:3*i+3])
			out.Pix[4*i+3] = 255
		}
		return out, nil
	case ModeLA:
		out := image.NewNRGBA(image.Rect(0, 0, p.W, p.H))
		for i := range p.W * p.H {
			l, a := p.Pix[2*i], p.Pix[2*i+1]
			out.Pix[4*i], out.Pix[4*i+1], out.Pix[4*i+2], out.Pix[4*i+3] = l, l, l, a
		}
		return out, nil
	}
	return nil, fmt.Errorf("mode %s", p.Mode)
}
