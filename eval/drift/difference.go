// Package drift measures how far a variant's pixels, tensors and embeddings are from the reference's.
package drift

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/fastclip/fastclip/metrics/stats"
)

// Difference measures how far apart the rows of two matrices of the same shape are.
type Difference struct {
	Abs              stats.AbsDiff
	CosMin, CosTotal float64
	Rows             int64
}

// Add compares rows of dim values.
func (d *Difference) Add(a, b []float32, dim int) {
	d.Abs.Add(a, b)
	for at := 0; at+dim <= len(a); at += dim {
		var ab, aa, bb float64
		for i := at; i < at+dim; i++ {
			x, y := float64(a[i]), float64(b[i])
			ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
		}
		d.cosine(ab, aa, bb)
	}
}

// Add64 compares two rows in double precision, so that differences below float32's resolution count.
func (d *Difference) Add64(a, b []float64) {
	diff, zero := make([]float32, len(a)), make([]float32, len(a))
	var ab, aa, bb float64
	for i, x := range a {
		diff[i] = float32(x - b[i])
		ab, aa, bb = ab+x*b[i], aa+x*x, bb+b[i]*b[i]
	}
	d.Abs.Add(diff, zero)
	d.cosine(ab, aa, bb)
}

func (d *Difference) cosine(ab, aa, bb float64) {
	cos := 1.0 // for two zero vectors
	if aa != 0 || bb != 0 {
		cos = 0
	}
	if aa != 0 && bb != 0 {
		cos = ab / math.Sqrt(aa*bb)
	}
	if d.Rows == 0 || cos < d.CosMin || math.IsNaN(cos) {
		d.CosMin = cos
	}
	d.CosTotal += cos
	d.Rows++
}

func (d *Difference) merge(o *Difference) {
	d.Abs.Merge(&o.Abs)
	if d.Rows == 0 || o.Rows > 0 && (o.CosMin < d.CosMin || math.IsNaN(o.CosMin)) {
		d.CosMin = o.CosMin
	}
	d.CosTotal += o.CosTotal
	d.Rows += o.Rows
}

func (d *Difference) MarshalBinary() ([]byte, error) {
	head := binary.LittleEndian.AppendUint64(nil, math.Float64bits(d.CosMin))
	head = binary.LittleEndian.AppendUint64(head, math.Float64bits(d.CosTotal))
	head = binary.LittleEndian.AppendUint64(head, uint64(d.Rows))
	abs, err := d.Abs.MarshalBinary()
	return append(head, abs...), err
}

func (d *Difference) UnmarshalBinary(data []byte) error {
	if len(data) < 24 {
		return errors.New("the stored difference is cut short")
	}
	d.CosMin = math.Float64frombits(binary.LittleEndian.Uint64(data))
	d.CosTotal = math.Float64frombits(binary.LittleEndian.Uint64(data[8:]))
	d.Rows = int64(binary.LittleEndian.Uint64(data[16:]))
	return d.Abs.UnmarshalBinary(data[24:])
}
