package raster

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

var errBMPMasks = errors.New("unsupported masks")

// bitfields is how the pixels lie by the masks. Of those that BMP allows Pillow takes some, and so
// does this.
func (h *bmpHeader) bitfields() error {
	switch h.bits {
	case 16:
		blue, green := h.masks[2], h.masks[1]
		h.greenBits = bits.OnesCount32(green)
		if blue == 0x1f && (green == 0x3e0 || green == 0x7e0) && h.masks[0] == 0x1f<<(5+h.greenBits) {
			return nil
		}
	case 24, 32:
		if err := h.byteOrder(); err == nil {
			return nil
		}
	}
	return fmt.Errorf("unsupported masks %x of %d bits", h.masks, h.bits)
}

// byteOrder is the order of masks that are each one byte of the pixel; no alpha has no place.
func (h *bmpHeader) byteOrder() error {
	masks := h.masks
	if masks == [4]uint32{} && h.bits == 32 {
		masks = [4]uint32{0xff0000, 0xff00, 0xff, 0xff000000}
	}
	var places [4]byte
	n := 0
	for i, m := range masks {
		at := bits.TrailingZeros32(m) / 8
		switch {
		case i == 3 && (m == 0 || h.bits == 24):
			continue
		case m != 0xff<<(8*at):
			return errBMPMasks
		}
		places[n] = byte(at)
		n++
	}
	h.order = places
	switch string(places[:n]) {
	case "\x02\x01\x00":
		return nil
	case "\x03\x02\x01", "\x03\x01\x00":
		if h.bits == 32 {
			return nil
		}
	case "\x03\x02\x01\x00", "\x00\x01\x02\x03", "\x02\x01\x00\x03", "\x03\x01\x00\x02":
		h.mode = picture.ModeRGBA
		return nil
	}
	return errBMPMasks
}
