package drift

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// ByteDiff counts the differences of 8-bit samples, exactly.
type ByteDiff struct {
	counts   [256]int64
	Pictures int64
	Other    int64 // pictures whose size differs from the reference's, so that no sample is compared
}

// add compares two RGB pictures.
func (d *ByteDiff) add(a, b *picture.Picture) {
	d.Pictures++
	if a.W != b.W || a.H != b.H {
		d.Other++
		return
	}
	if &a.Pix[0] == &b.Pix[0] {
		d.counts[0] += int64(len(a.Pix))
		return
	}
	for i, x := range a.Pix {
		y := b.Pix[i]
		if x < y {
			x, y = y, x
		}
		d.counts[x-y]++
	}
}

func (d *ByteDiff) Merge(o *ByteDiff) {
	for i, n := range o.counts {
		d.counts[i] += n
	}
	d.Pictures, d.Other = d.Pictures+o.Pictures, d.Other+o.Other
}

// Result is the difference in steps of 8 bits, 0 to 255.
func (d *ByteDiff) Result() (mean, largest, p99 float64, n int64) {
	sum := int64(0)
	for v, c := range d.counts {
		n += c
		sum += int64(v) * c
		if c > 0 {
			largest = float64(v)
		}
	}
	below := int64(0)
	for v, c := range d.counts {
		if below += c; float64(below) >= 0.99*float64(n) {
			return float64(sum) / float64(n), largest, float64(v), n
		}
	}
	return math.NaN(), math.NaN(), math.NaN(), n
}

// PipeDrift compares a pipeline with the reference's at every checkpoint before the model.
type PipeDrift struct {
	Decode, Resize ByteDiff
	Normalise      Difference
}

func (d *PipeDrift) Merge(o *PipeDrift) {
	d.Decode.Merge(&o.Decode)
	d.Resize.Merge(&o.Resize)
	d.Normalise.merge(&o.Normalise)
}

const byteDiffSize = 8 * 258

func (d *ByteDiff) append(out []byte) []byte {
	for _, c := range d.counts {
		out = binary.LittleEndian.AppendUint64(out, uint64(c))
	}
	out = binary.LittleEndian.AppendUint64(out, uint64(d.Pictures))
	return binary.LittleEndian.AppendUint64(out, uint64(d.Other))
}

func (d *ByteDiff) read(data []byte) {
	for i := range d.counts {
		d.counts[i] = int64(binary.LittleEndian.Uint64(data[8*i:]))
	}
	d.Pictures = int64(binary.LittleEndian.Uint64(data[8*256:]))
	d.Other = int64(binary.LittleEndian.Uint64(data[8*257:]))
}

func (d *PipeDrift) MarshalBinary() ([]byte, error) {
	tail, err := d.Normalise.MarshalBinary()
	return append(d.Resize.append(d.Decode.append(nil)), tail...), err
}

func (d *PipeDrift) UnmarshalBinary(data []byte) error {
	if len(data) < 2*byteDiffSize {
		return errors.New("the stored pipeline drift is cut short")
	}
	d.Decode.read(data)
	d.Resize.read(data[byteDiffSize:])
	return d.Normalise.UnmarshalBinary(data[2*byteDiffSize:])
}

// Rungs measures how far one picture's pixels are from the reference's.
type Rungs struct{ Decode, Resize ByteDiff }

// Ladder holds what the reference and each decoder made of a picture.
type Ladder struct {
	Ref, Resized *picture.Picture // RGB as decoded, and after resize and crop
	Decoded      map[string]*ByteDiff
}

func (l *Ladder) Compare(decoder string, pic, resized *picture.Picture) (out Rungs) {
	if l.Decoded[decoder] == nil {
		l.Decoded[decoder] = &ByteDiff{}
		l.Decoded[decoder].add(pic.RGB(), l.Ref)
	}
	out.Decode = *l.Decoded[decoder]
	out.Resize.add(resized, l.Resized)
	return out
}
