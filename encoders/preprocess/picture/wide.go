package picture

import (
	"encoding/binary"
	"math"
)

// greyByte makes 8 bits of a wider grey pixel as Pillow does: it clips and does not scale.
func (m Mode) greyByte(px []byte) byte {
	switch m {
	case ModeI16B:
		return clip8(int64(binary.BigEndian.Uint16(px)))
	case ModeI:
		return clip8(int64(int32(binary.LittleEndian.Uint32(px))))
	case ModeF:
		v := float64(math.Float32frombits(binary.LittleEndian.Uint32(px)))
		if math.IsNaN(v) {
			return 0
		}
		return clip8(int64(min(max(v, 0), 255))) // cut off, not rounded
	}
	return clip8(int64(binary.LittleEndian.Uint16(px)))
}

// wideGrey tells whether a pixel is one number of more than 8 bits.
func (m Mode) wideGrey() bool { return m == ModeI16 || m == ModeI16B || m == ModeI || m == ModeF }

// Fill writes an 8-bit grey into a pixel, as Pillow's Image.new does for one number.
func (m Mode) Fill(px []byte, v byte) {
	clear(px)
	switch m {
	case ModeI16, ModeI:
		px[0] = v
	case ModeI16B:
		px[1] = v
	case ModeF:
		binary.LittleEndian.PutUint32(px, math.Float32bits(float32(v)))
	default:
		for i := range px {
			px[i] = v
		}
	}
}

func clip8(v int64) byte { return byte(min(max(v, 0), 255)) }

// ycbcrToRGB is Pillow's (JPEG's) conversion: products in steps of 1/64, rounded before they are cut.
func ycbcrToRGB(to, px []byte) {
	y, cb, cr := int64(px[0]), int(px[1])-128, int(px[2])-128
	to[0] = clip8(y + in64(1.402, cr)>>6)
	to[1] = clip8(y + (in64(-0.34414, cb)+in64(-0.71414, cr))>>6)
	to[2] = clip8(y + in64(1.772, cb)>>6)
}

// in64 is a product in 64ths. It adds a half and then cuts off the fraction, for negative values, too.
func in64(by float64, v int) int64 { return int64(float64(float64(by*64)*float64(v)) + 0.5) }
