package decode

import (
	"encoding/binary"
	"errors"
	"image"

	"github.com/fastclip/fastclip/encoders/preprocess/decode/raster"
)

// animation records APNG's number of frames. A second one cancels the first.
func (f *pngFile) animation(frames int) {
	switch {
	case f.frames > 0:
		f.frames = 0
	case frames <= 1<<31:
		f.frames = frames
	}
}

// frameControl reads where APNG's next frame goes. Before the pixels, it says where the pixels go.
func (f *pngFile) frameControl(body []byte) error {
	if err := f.sequence(body); err != nil {
		return err
	}
	at := func(i int) int { return int(binary.BigEndian.Uint32(body[4*i:])) }
	w, h, x, y := at(1), at(2), at(3), at(4)
	if x+w > f.w || y+h > f.h {
		return errors.New("the frame leaves the picture")
	}
	f.frame, f.framed = image.Rectangle{Min: image.Pt(x, y), Max: image.Pt(x+w, y+h)}, true
	return nil
}

// frameData checks the number of a chunk with a frame's pixels.
func (f *pngFile) frameData(k pngChunk) error {
	if len(k.body) < 4 {
		return raster.ErrTruncated
	}
	if f.lastSequence < 0 {
		return errSequence
	}
	return f.sequence(k.body)
}

var errSequence = errors.New("the frames' numbers do not follow each other")

// sequence checks the number with which APNG counts its chunks.
func (f *pngFile) sequence(body []byte) error {
	n := int(binary.BigEndian.Uint32(body))
	if n != f.lastSequence+1 {
		return errSequence
	}
	f.lastSequence = n
	return nil
}
