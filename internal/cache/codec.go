package cache

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

// Packer is values one after the other; what is read of it is as it was written, to the last bit.
type Packer struct{ bytes.Buffer }

// Float adds numbers.
func (p *Packer) Float(values ...float64) {
	for _, v := range values {
		p.Write(binary.LittleEndian.AppendUint64(p.AvailableBuffer(), math.Float64bits(v)))
	}
}

// Int adds whole numbers.
func (p *Packer) Int(values ...int) {
	for _, v := range values {
		p.Write(binary.AppendVarint(p.AvailableBuffer(), int64(v)))
	}
}

// Flag adds a yes or no.
func (p *Packer) Flag(is bool) { p.Int(map[bool]int{true: 1}[is]) }

// Unpacker reads what packed wrote; bad tells that there was something else.
type Unpacker struct {
	Data []byte
	Bad  bool
}

// Float reads numbers.
func (u *Unpacker) Float(into ...*float64) {
	for _, v := range into {
		if len(u.Data) < 8 {
			u.Bad = true
			return
		}
		*v = math.Float64frombits(binary.LittleEndian.Uint64(u.Data))
		u.Data = u.Data[8:]
	}
}

// Floats reads as many values as there is room for.
func (u *Unpacker) Floats(into []float64) {
	for i := range into {
		u.Float(&into[i])
	}
}

// Int reads a whole number.
func (u *Unpacker) Int() int {
	v, n := binary.Varint(u.Data)
	if n <= 0 {
		u.Bad = true
		return 0
	}
	u.Data = u.Data[n:]
	return int(v)
}

// End is an error unless everything was read and was there.
func (u *Unpacker) End() error {
	if u.Bad || len(u.Data) > 0 {
		return fmt.Errorf("kept values do not fit: %d bytes are left", len(u.Data))
	}
	return nil
}
