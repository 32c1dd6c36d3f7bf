package preprocess

import "fmt"

// Oriented is a Decoder that turns pictures as their EXIF or XMP orientation says, which
// openai/CLIP does not: Pillow's ImageOps.exif_transpose. A picture whose EXIF cannot be read
// is refused, as there.
type Oriented struct{ Decoder }

// Name implements Decoder.
func (o Oriented) Name() string { return o.Decoder.Name() + "+exif" }

// Decode implements Decoder.
func (o Oriented) Decode(data []byte) (*Picture, error) {
	p, err := o.Decoder.Decode(data)
	if err != nil {
		return nil, err
	}
	m, err := readMetadata(data)
	if err != nil {
		return nil, fmt.Errorf("orientation: %w", err)
	}
	turn, err := m.orientation()
	if err != nil {
		return nil, fmt.Errorf("orientation: %w", err)
	}
	return p.turned(turn), nil
}

// turned is p for an EXIF orientation; 2 to 4 are mirrored or upside down, 5 to 8 lie on
// their side.
func (p *Picture) turned(orientation int) *Picture {
	if orientation < 2 || orientation > 8 {
		return p
	}
	w, h := p.W, p.H
	lies := orientation >= 5
	if lies {
		w, h = h, w
	}
	// Whether the source is walked from right to left, and from bottom to top.
	right := orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8
	bottom := orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7
	out, n := newPicture(p.Mode, w, h), p.Mode.channels()
	out.Palette = p.Palette
	for y := range h {
		row := out.row(y)
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
	return out
}
