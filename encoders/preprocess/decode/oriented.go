package decode

import (
	"fmt"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// Oriented is a Decoder that turns pictures as their EXIF or XMP orientation says, like Pillow's
// ImageOps.exif_transpose; openai/CLIP does not do that. As in Pillow, a picture whose EXIF cannot be read is
// refused.
type Oriented struct{ Decoder }

// Name implements Decoder.
func (o Oriented) Name() string { return o.Decoder.Name() + "+exif" }

// Decode implements Decoder.
func (o Oriented) Decode(data []byte) (*picture.Picture, error) {
	return picture.Filled(func(p *picture.Picture) error { return o.DecodeInto(p, data) })
}

// DecodeInto implements Reuser.
func (o Oriented) DecodeInto(p *picture.Picture, data []byte) error {
	if d, ok := o.Decoder.(*PillowDecoder); ok && ownFormat(data) == "" {
		return d.decodeOther(p, data, true)
	}
	if r, ok := o.Decoder.(Reuser); ok {
		if err := r.DecodeInto(p, data); err != nil {
			return err
		}
	} else {
		decoded, err := o.Decoder.Decode(data)
		if err != nil {
			return err
		}
		*p = *decoded
	}
	m, err := readMetadata(data)
	if err != nil {
		return fmt.Errorf("orientation: %w", err)
	}
	turn, err := m.orientation()
	if err != nil {
		return fmt.Errorf("orientation: %w", err)
	}
	if turn < 2 || turn > 8 {
		return nil
	}
	lying := picture.Take()
	defer lying.Return()
	p.Swap(lying)
	orientInto(p, lying, turn)
	return nil
}

// orientInto fills out with p turned by an EXIF orientation. Orientations 2 to 4 are mirrored or upside
// down, and 5 to 8 lie on their side.
func orientInto(out, p *picture.Picture, orientation int) {
	w, h := p.W, p.H
	lies := orientation >= 5 && orientation <= 8
	if lies {
		w, h = h, w
	}
	// right and the other flag say whether the source is read from right to left, and from bottom to top.
	right := orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8
	bottom := orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7
	n := p.Mode.Channels()
	out.Become(p.Mode, w, h)
	out.Palette = p.Palette
	for y := range h {
		row := out.Row(y)
		for x := range w {
			sx, sy := x, y
			if lies {
				sx, sy = y, x
			}
			if right {
				sx = p.W - 1 - sx
			}
			if bottom {
				sy = p.H - 1 - sy
			}
			copy(row[x*n:(x+1)*n], p.Pix[(sy*p.W+sx)*n:])
		}
	}
}
