package resample

import (
	"image"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// view is a part of a picture: rows of width pixels that begin stride bytes apart.
type view struct {
	pix                             []byte
	stride, width, height, channels int
	mem                             *Scratch // memory for results
}

func newView(mem *Scratch, width, height, channels int) view {
	return view{mem.takeBytes(width * height * channels), width * channels, width, height, channels, mem}
}

// viewOf shares memory with p.
func viewOf(p *picture.Picture, r image.Rectangle) view {
	n := p.Mode.Channels()
	return view{p.Pix[(r.Min.Y*p.W+r.Min.X)*n:], p.W * n, r.Dx(), r.Dy(), n, nil}
}

// rows shares memory with v.
func (v view) rows(from, to int) view {
	v.pix, v.height = v.pix[from*v.stride:], to-from
	return v
}

func (v view) rowBytes() int { return v.width * v.channels }

// compact is v's bytes without the gaps between rows. It may share memory with v.
func (v view) compact() []byte {
	n := v.rowBytes()
	if v.stride == n {
		return v.pix[:n*v.height]
	}
	out := v.mem.takeBytes(n * v.height)[:0]
	for y := range v.height {
		out = append(out, v.pix[y*v.stride:y*v.stride+n]...)
	}
	return out
}

// horizontalPass resizes in x. Without weights it does nothing.
func (s set) horizontalPass(src view, t weights) view {
	if t.size == 0 {
		return src
	}
	out := newView(src.mem, len(t.first), src.height, src.channels)
	resize := s.horizontal(src, t)
	resize.do(out.pix, src)
	return out
}

// bandRows is a number of rows that stay in the first-level cache while a picture is premultiplied and
// resized.
const bandRows = 8

// premultipliedPass premultiplies and resizes in x.
func (s set) premultipliedPass(src view, t weights) view {
	if t.size == 0 {
		return s.premultiplied(src)
	}
	band := newView(src.mem, src.width, bandRows, src.channels)
	out := newView(src.mem, len(t.first), src.height, src.channels)
	resize := s.horizontal(band, t)
	for y := 0; y < src.height; y += bandRows {
		n := min(bandRows, src.height-y)
		s.premultiply(band.pix, src.rows(y, y+n))
		resize.do(out.pix[y*out.stride:], band.rows(0, n))
	}
	return out
}

// verticalPass resizes in y. Without weights it does nothing.
func (s set) verticalPass(src view, t weights) view {
	if t.size == 0 {
		return src
	}
	out := newView(src.mem, src.width, len(t.first), src.channels)
	s.vertical(out.pix, src, t)
	return out
}

// premultiplied is Pillow's conversion to RGBa or La, which it resizes in.
func (s set) premultiplied(src view) view {
	out := newView(src.mem, src.width, src.height, src.channels)
	s.premultiply(out.pix, src)
	return out
}

func Premultiplied(mem *Scratch, p *picture.Picture) *picture.Picture {
	out := mem.Picture(p.Mode, p.W, p.H)
	used().premultiply(out.Pix, viewOf(p, p.Bounds()))
	return out
}

// Convert converts p, or at least the given part, to the colours in which it is resized.
func Convert(mem *Scratch, c picture.Colour, p *picture.Picture, part image.Rectangle) *picture.Picture {
	switch c {
	case picture.ColourRGB:
		return p.ToRGB(mem, part)
	case picture.ColourGrey:
		return p.ToGrey(mem, part)
	case picture.ColourOnBlack:
		if p.Mode.HasAlpha() {
			p = Premultiplied(mem, p)
		}
		return p.ToRGB(mem, part)
	}
	return p
}
