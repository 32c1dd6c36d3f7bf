package eval

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/internal/store"
)

// byteDiff counts the differences of 8-bit samples, exactly.
type byteDiff struct {
	counts   [256]int64
	pictures int64
	other    int64 // pictures of another size than the reference's, of which no sample is compared
}

// add compares two RGB pictures.
func (d *byteDiff) add(a, b *picture.Picture) {
	d.pictures++
	if a.W != b.W || a.H != b.H {
		d.other++
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

func (d *byteDiff) merge(o *byteDiff) {
	for i, n := range o.counts {
		d.counts[i] += n
	}
	d.pictures, d.other = d.pictures+o.pictures, d.other+o.other
}

// result is in steps of 8 bits, 0 to 255.
func (d *byteDiff) result() (mean, largest, p99 float64, n int64) {
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

// pipeDrift is a pipeline against the reference's at every checkpoint before the model.
type pipeDrift struct {
	decode, resize byteDiff
	normalise      difference
}

func (d *pipeDrift) merge(o *pipeDrift) {
	d.decode.merge(&o.decode)
	d.resize.merge(&o.resize)
	d.normalise.merge(&o.normalise)
}

const byteDiffSize = 8 * 258

func (d *byteDiff) append(out []byte) []byte {
	for _, c := range d.counts {
		out = binary.LittleEndian.AppendUint64(out, uint64(c))
	}
	out = binary.LittleEndian.AppendUint64(out, uint64(d.pictures))
	return binary.LittleEndian.AppendUint64(out, uint64(d.other))
}

func (d *byteDiff) read(data []byte) {
	for i := range d.counts {
		d.counts[i] = int64(binary.LittleEndian.Uint64(data[8*i:]))
	}
	d.pictures = int64(binary.LittleEndian.Uint64(data[8*256:]))
	d.other = int64(binary.LittleEndian.Uint64(data[8*257:]))
}

func (d *pipeDrift) MarshalBinary() ([]byte, error) {
	tail, err := d.normalise.MarshalBinary()
	return append(d.resize.append(d.decode.append(nil)), tail...), err
}

func (d *pipeDrift) UnmarshalBinary(data []byte) error {
	if len(data) < 2*byteDiffSize {
		return errors.New("pipeline drift is too short")
	}
	d.decode.read(data)
	d.resize.read(data[byteDiffSize:])
	return d.normalise.UnmarshalBinary(data[2*byteDiffSize:])
}

// rungs are how far one picture's pixels are from the reference's.
type rungs struct{ decode, resize byteDiff }

// ladder is what the reference made of a picture, and what each decoder did.
type ladder struct {
	ref, resized *picture.Picture // RGB as decoded, and after resize and crop
	decoded      map[string]*byteDiff
}

func (l *ladder) compare(decoder string, pic, resized *picture.Picture) (out rungs) {
	if l.decoded[decoder] == nil {
		l.decoded[decoder] = &byteDiff{}
		l.decoded[decoder].add(pic.RGB(), l.ref)
	}
	out.decode = *l.decoded[decoder]
	out.resize.add(resized, l.resized)
	return out
}

// byteRows writes a checkpoint of 8-bit samples.
func (r *run) byteRows(s *set, v *variant, stage string, d *byteDiff) {
	mean, largest, p99, n := d.result()
	if n > 0 {
		r.addDrift(s, v, "image", stage, "mean_abs", mean, n)
		r.addDrift(s, v, "image", stage, "max_abs", largest, n)
		r.addDrift(s, v, "image", stage, "p99_abs", p99, n)
	}
	r.addDrift(s, v, "image", stage, "other_size", float64(d.other)/float64(d.pictures), d.pictures)
}

// sameRows writes the checkpoints before the model of a variant with the reference's pipeline.
func (r *run) sameRows(s *set, v *variant) {
	n := int64(len(s.good))
	for _, stage := range []string{store.StageDecode, store.StageResize} {
		for _, stat := range []string{"mean_abs", "max_abs", "p99_abs", "other_size"} {
			r.addDrift(s, v, "image", stage, stat, 0, n)
		}
	}
	for _, stat := range []string{"mean_abs", "max_abs", "p99_abs"} {
		r.addDrift(s, v, "image", store.StageNormalise, stat, 0, n*int64(v.pipe.Len()))
	}
	r.addDrift(s, v, "image", store.StageNormalise, "cosine_min", 1, n)
	r.addDrift(s, v, "image", store.StageNormalise, "cosine_mean", 1, n)
}
