package cache

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

// Packer encodes values one after the other. They are read back exactly, to the last bit.
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

// Flag adds a boolean.
func (p *Packer) Flag(is bool) { p.Int(map[bool]int{true: 1}[is]) }

// Unpacker reads what Packer wrote. Bad is set if the data does not fit.
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

// Floats fills the given slice with values.
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

// End returns an error unless everything was present and has been read.
func (u *Unpacker) End() error {
	if u.Bad || len(u.Data) > 0 {
		return fmt.Errorf("the stored values do not fit: %d bytes are left over", len(u.Data))
	}
	return nil
}
