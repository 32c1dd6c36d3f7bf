// Package resample resizes pictures as Pillow, torch and Go do. It matches the first two to the last bit.
package resample

import (
	"image"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// InScratch is a filter that works in its own memory and cannot fail.
type InScratch interface {
	Scratch() *Scratch
	// Reads is a part of src that covers everything that a resize reads.
	Reads(src *picture.Picture, w, h int, crop image.Rectangle) image.Rectangle
	ResizeIn(mem *Scratch, src *picture.Picture, w, h int, crop image.Rectangle) *picture.Picture
	// ResizeRGB converts src to a colour, resizes it and converts the result to RGB, all at once. It
	// leaves CMYK as CMYK. It is nil when the filter cannot do this.
	ResizeRGB(mem *Scratch, src *picture.Picture, c picture.Colour, w, h int, crop image.Rectangle) *picture.Picture
}

// Float is a filter that can also return its result without rounding: the three planes R, G and B, of crop's size,
// where 1 is white. Pipelines prefer that.
type Float interface {
	InScratch
	ResizeFloat(mem *Scratch, src *picture.Picture, w, h int, crop image.Rectangle) []float32
}
