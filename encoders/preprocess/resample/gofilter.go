package resample

import (
	"image"
	"sync"

	"golang.org/x/image/draw"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// GoFilter is golang.org/x/image/draw's CatmullRom into an image.RGBA, unpremultiplied afterwards.
type GoFilter struct {
	pool *sync.Pool // of goScaler
}

// NewGoFilter makes a filter that keeps its tables for the most recent sizes.
func NewGoFilter() GoFilter { return GoFilter{&sync.Pool{}} }

// Name implements Filter.
func (GoFilter) Name() string { return "x-image-catmullrom" }

// Version implements Filter.
func (GoFilter) Version() string { return "0.47.0" }

// goScaler keeps what one pair of sizes needs, for the next picture with the same sizes.
type goScaler struct {
	from, to image.Point
	scaler   draw.Scaler
	full     *image.RGBA
	rgba     image.RGBA // the source, where it has to be converted
	nrgba    image.NRGBA
	grey     image.Gray
	rgb      picture.Picture
}

func (f GoFilter) scaler(from, to image.Point) *goScaler {
	s, _ := f.pool.Get().(*goScaler)
	if s == nil {
		s = &goScaler{}
	}
	if s.from != from || s.to != to {
		s.from, s.to = from, to
		s.scaler = draw.CatmullRom.NewScaler(to.X, to.Y, from.X, from.Y)
		s.full = image.NewRGBA(image.Rectangle{Max: to})
	}
	return s
}

// Resize implements Filter.
func (f GoFilter) Resize(src *picture.Picture, w, h int, crop image.Rectangle) (*picture.Picture, error) {
	return picture.Filled(func(out *picture.Picture) error { return f.ResizeInto(out, src, w, h, crop) })
}

// ResizeInto implements IntoFilter.
func (f GoFilter) ResizeInto(dst, src *picture.Picture, w, h int, crop image.Rectangle) error {
	if err := picture.CheckSize(w, h); err != nil {
		return err
	}
	s := f.scaler(image.Pt(src.W, src.H), image.Pt(w, h))
	defer f.pool.Put(s)
	in := s.image(src)
	s.scaler.Scale(s.full, s.full.Rect, in, in.Bounds(), draw.Src, nil)
	dst.Become(picture.ModeRGBA, crop.Dx(), crop.Dy())
	for y := range dst.H {
		at := s.full.PixOffset(crop.Min.X, crop.Min.Y+y)
		copy(dst.Row(y), s.full.Pix[at:])
	}
	dst.Unpremultiply()
	return nil
}

// image is a picture as the standard library has it.
func (s *goScaler) image(p *picture.Picture) image.Image {
	switch p.Mode {
	case picture.ModeL, picture.Mode1:
		s.grey = image.Gray{Pix: p.Pix, Stride: p.W, Rect: p.Bounds()}
		return &s.grey
	case picture.ModeRGBA:
		s.nrgba = image.NRGBA{Pix: p.Pix, Stride: 4 * p.W, Rect: p.Bounds()}
		return &s.nrgba
	case picture.ModeLA:
		s.rgb.Grow(4 * p.W * p.H)
		for i := range p.W * p.H {
			l, a := p.Pix[2*i], p.Pix[2*i+1]
			px := s.rgb.Pix[4*i : 4*i+4]
			px[0], px[1], px[2], px[3] = l, l, l, a
		}
		s.nrgba = image.NRGBA{Pix: s.rgb.Pix, Stride: 4 * p.W, Rect: p.Bounds()}
		return &s.nrgba
	}
	p = p.RGB()
	s.rgb.Grow(4 * p.W * p.H)
	for i := range p.W * p.H {
		copy(s.rgb.Pix[4*i:], p.Pix[3*i:3*i+3])
		s.rgb.Pix[4*i+3] = 255
	}
	s.rgba = image.RGBA{Pix: s.rgb.Pix, Stride: 4 * p.W, Rect: p.Bounds()}
	return &s.rgba
}
