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
	Squash        Geometry = "squash"                 // both sides alike: loses the aspect ratio
	// ShortSideCropDown is ShortSideCrop but for half a pixel, which it rounds down as Hugging
	// Face's processors do.
	ShortSideCropDown Geometry = "short-side+centre-crop-down"
	// LongSideFill is open_clip's resize mode "longest": all of the picture, between bars.
	LongSideFill Geometry = "long-side+fill"
	// CropOnly resizes nothing: it keeps the centre, with black around a picture that is smaller.
	CropOnly Geometry = "centre-crop"
)

// plan is the size to resize a picture of w x h to, and the square of size x size in the
// result that is kept; LongSideFill's reaches beyond the result. The side that Geometry names
// becomes resize long.
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

// margin is what is cut off before the crop, of spare pixels in all; less than 0: added.
func (g Geometry) margin(spare int) int {
	if g == ShortSideCrop && spare > 0 {
		return int(math.RoundToEven(float64(spare) / 2)) // CenterCrop rounds as Python does
	}
	return spare / 2 // the larger half of bars comes last
}

// resized is the part of src, resized to w x h, that inner names.
func (t *Transform) resized(mem *resample.Scratch, src *picture.Picture, w, h int, inner image.Rectangle) (*picture.Picture, error) {
	if f, ok := t.Filter.(resample.InScratch); ok {
		return f.ResizeIn(mem, src, w, h, inner), nil
	}
	if f, ok := t.Filter.(IntoFilter); ok {
		out := mem.Picture(picture.ModeRGBA, inner.Dx(), inner.Dy()) // the most that it can need
		return out, f.ResizeInto(out, src, w, h, inner)
	}
	return t.Filter.Resize(src, w, h, inner)
}

// barred is p at (x, y) of a picture of w x h whose other bytes are fill, in p's own mode as
// Pillow's ImageOps.expand does it: of a palette it is an index, and of RGBA also the alpha.
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
