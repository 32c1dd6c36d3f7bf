// Package decode turns picture files into pixels. It has decoders that match Pillow for five formats, a decoder
// that applies a file's orientation, and Go's own decoders.
package decode

import (
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// Decoder turns a file's bytes into pixels. It is safe for concurrent use.
type Decoder interface {
	Name() string    // for people and result columns
	Version() string // of the library: pixels may differ between two versions
	Decode(data []byte) (*picture.Picture, error)
}

// Reuser is a Decoder that can decode into the memory of another picture, which it overwrites.
type Reuser interface {
	Decoder
	DecodeInto(p *picture.Picture, data []byte) error
}

// Lend decodes into memory that Return later passes on to the next picture, if the decoder can do so. The picture
// is nil if there is an error.
func Lend(d Decoder, data []byte) (*picture.Picture, error) {
	r, ok := d.(Reuser)
	if !ok {
		return d.Decode(data)
	}
	p := picture.Take()
	if err := r.DecodeInto(p, data); err != nil {
		p.Return()
		return nil, err
	}
	return p, nil
}
