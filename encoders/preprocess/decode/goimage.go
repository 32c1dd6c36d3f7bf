package decode

import (
	"bytes"
	"image"
	"image/color"
	_ "image/gif" // the formats that image.Decode knows here
	_ "image/jpeg"
	_ "image/png"
	"runtime"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/webp"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// GoDecoder is the standard library's image.Decode.
type GoDecoder struct{}

// Name implements Decoder.
func (GoDecoder) Name() string { return "go-image" }

// Version implements Decoder.
func (GoDecoder) Version() string { return runtime.Version() }

// Decode implements Decoder. JPEG files become RGB or grey, PNG files with colour become RGBA.
func (GoDecoder) Decode(data []byte) (*picture.Picture, error) {
	conf, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if err := picture.CheckSize(conf.Width, conf.Height); err != nil {
		return nil, err
	}
	im, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return fromImage(im), nil
}

// fromImage copies a standard library's picture; YCbCr is converted as image/color does.
func fromImage(im image.Image) *picture.Picture {
	b := im.Bounds()
	switch im := im.(type) {
	case *image.Gray:
		p := picture.New(picture.ModeL, b.Dx(), b.Dy())
		for y := range p.H {
			copy(p.Pix[y*p.W:(y+1)*p.W], im.Pix[y*im.Stride:])
		}
		return p
	case *image.YCbCr:
		p := picture.New(picture.ModeRGB, b.Dx(), b.Dy())
		for y := range p.H {
			for x := range p.W {
				yi, ci := im.YOffset(b.Min.X+x, b.Min.Y+y), im.COffset(b.Min.X+x, b.Min.Y+y)
				px := p.Pix[3*(y*p.W+x) : 3*(y*p.W+x)+3]
				px[0], px[1], px[2] = color.YCbCrToRGB(im.Y[yi], im.Cb[ci], im.Cr[ci])
			}
		}
		return p
	case *image.NRGBA:
		p := picture.New(picture.ModeRGBA, b.Dx(), b.Dy())
		for y := range p.H {
			copy(p.Pix[4*y*p.W:4*(y+1)*p.W], im.Pix[y*im.Stride:])
		}
		return p
	}
	p := picture.New(picture.ModeRGBA, b.Dx(), b.Dy())
	for y := range p.H {
		for x := range p.W {
			c := color.NRGBAModel.Convert(im.At(b.Min.X+x, b.Min.Y+y)).(color.NRGBA)
			copy(p.Pix[4*(y*p.W+x):], []byte{c.R, c.G, c.B, c.A})
		}
	}
	return p
}
