package eval

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

// packed is values one after the other; what is read of it is as it was written, to the last bit.
type packed struct{ bytes.Buffer }

func (p *packed) float(values ...float64) {
	for _, v := range values {
		p.Write(binary.LittleEndian.AppendUint64(p.AvailableBuffer(), math.Float64bits(v)))
	}
}

func (p *packed) int(values ...int) {
	for _, v := range values {
		p.Write(binary.AppendVarint(p.AvailableBuffer(), int64(v)))
	}
}

func (p *packed) flag(is bool) { p.int(map[bool]int{true: 1}[is]) }

// unpacker reads what packed wrote; bad tells that there was something else.
type unpacker struct {
	data []byte
	bad  bool
}

func (u *unpacker) float(into ...*float64) {
	for _, v := range into {
		if len(u.data) < 8 {
			u.bad = true
			return
		}
		*v = math.Float64frombits(binary.LittleEndian.Uint64(u.data))
		u.data = u.data[8:]
	}
}

// floats reads as many values as there is room for.
func (u *unpacker) floats(into []float64) {
	for i := range into {
		u.float(&into[i])
	}
}

func (u *unpacker) int() int {
	v, n := binary.Varint(u.data)
	if n <= 0 {
		u.bad = true
		return 0
	}
	u.data = u.data[n:]
	return int(v)
}

// end is an error unless everything was read and was there.
func (u *unpacker) end() error {
	if u.bad || len(u.data) > 0 {
		return fmt.Errorf("kept values do not fit: %d bytes are left", len(u.data))
	}
	return nil
}
