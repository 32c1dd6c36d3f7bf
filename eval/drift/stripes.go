package drift

import (
	"encoding/binary"
	"errors"
	"slices"
)

// Stripes are the differences of some texts' similarities, rank.ProductRows texts in each.
type Stripes []Difference

// AddTo adds the stripes to a difference, one after the other. All stripes of a dataset, added in their order,
// give the same bits whoever computed them.
func (s Stripes) AddTo(d *Difference) {
	for i := range s {
		d.merge(&s[i])
	}
}

func (s Stripes) MarshalBinary() ([]byte, error) {
	out := binary.LittleEndian.AppendUint32(nil, uint32(len(s)))
	for i := range s {
		data, err := s[i].MarshalBinary()
		if err != nil {
			return nil, err
		}
		out = append(binary.LittleEndian.AppendUint32(out, uint32(len(data))), data...)
	}
	return out, nil
}

func (s *Stripes) UnmarshalBinary(data []byte) error {
	n, ok := uint32(0), true
	next := func() (v uint32) {
		if ok = ok && len(data) >= 4; ok {
			v, data = binary.LittleEndian.Uint32(data), data[4:]
		}
		return v
	}
	out := Stripes(nil)
	for n = next(); ok && n > 0; n-- {
		size := next()
		if ok = ok && uint64(size) <= uint64(len(data)); !ok {
			break
		}
		var d Difference
		if err := d.UnmarshalBinary(data[:size]); err != nil {
			return err
		}
		out, data = append(out, d), data[size:]
	}
	if !ok || len(data) > 0 {
		return errors.New("stripes are cut off or too long")
	}
	*s = slices.Clip(out)
	return nil
}
