package preprocess

import (
	"image"
	"math"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/encoders/preprocess/resample"
)

// Geometry says how a picture of any shape becomes a square.
type Geometry string

// Geometries.
const (
	ShortSideCrop Geometry = "short-side+centre-crop" // keeps the aspect ratio
	Squash        Geometry = "squash"                 // scales both sides to the same length and loses the aspect ratio
	// ShortSideCropDown is ShortSideCrop, but rounds half a pixel down, as Hugging Face's processors do.
	ShortSideCropDown Geometry = "short-side+centre-crop-down"
	// LongSideFill is open_clip's resize mode "longest": the whole picture, between bars.
	LongSideFill Geometry = "long-side+fill"
	// CropOnly resizes nothing. It keeps the centre, and puts black around a smaller picture.
	CropOnly Geometry = "centre-crop"
)

// plan is the size to which a picture of w x h is resized, and the square of size x size that is kept of
// the result. The square of LongSideFill reaches beyond the result. The side that Geometry names gets the
// length resize.
func (g Geometry) plan(w, h, resize, size int) (int, int, image.Rectangle) {
	nw, nh := resize, resize
	switch {
	case g == Squash:
	case g == CropOnly:
		nw, nh = w, h
	case g == LongSideFill:
		// ResizeKeepRatio of open_clip: Python rounds halves to even.
		ratio := max(float64(h)/float64(resize), float64(w)/float64(resize))
		nw, nh = int(math.RoundToEven(float64(w)/ratio)), int(math.RoundToEven(float64(h)/ratio))
	case w <= h: // torchvision's Resize(size) cuts the long side down to an integer
		nh = resize * h / w
	default:
		nw = resize * w / h
	}
	left, top := g.margin(nw-size), g.margin(nh-size)
	return nw, nh, image.Rect(left, top, left+size, top+size)
}

// margin is what is cut off before the crop, given the number of spare pixels. A negative number is added
// instead.
func (g Geometry) margin(spare int) int {
	if g == ShortSideCrop && spare > 0 {
		return int(math.RoundToEven(float64(spare) / 2)) // CenterCrop rounds as Python does
	}
	return spare / 2 // the larger half of the bars comes last
}

// resized resizes src to w x h, and returns the part that inner names.
func (t *Transform) resized(mem *resample.Scratch, src *picture.Picture, w, h int, inner image.Rectangle) (*picture.Picture, error) {
	if f, ok := t.Filter.(resample.InScratch); ok {
		return f.ResizeIn(mem, src, w, h, inner), nil
	}
	if f, ok := t.Filter.(IntoFilter); ok {
		out := mem.Picture(picture.ModeRGBA, inner.Dx(), inner.Dy()) // the largest that it can need
		return out, f.ResizeInto(out, src, w, h, inner)
	}
	return t.Filter.Resize(src, w, h, inner)
}

// barred is a picture of w x h with p at (x, y) and fill in all other bytes. It stays in p's own mode, as
// in Pillow's ImageOps.expand: in a palette fill is an index, and in RGBA it is the alpha, too.
func barred(mem *resample.Scratch, p *picture.Picture, x, y, w, h int, fill byte) *picture.Picture {
	out := mem.Picture(p.Mode, w, h)
	out.Palette = p.Palette
	n := p.Mode.Channels()
	if p.Mode == picture.Mode1 && fill > 0 {
		fill = 255
	}
	for i := 0; i < len(out.Pix); i += n {
		p.Mode.Fill(out.Pix[i:i+n], fill)
	}
	for row := range p.H {
		copy(out.Row(y + row)[x*n:], p.Row(row))
	}
	return out
}
