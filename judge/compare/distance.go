package compare

import (
	"fmt"
	"math"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// lengthRounding is the rounding error that the length of a float32 row may have.
const lengthRounding = 1e-6

// distance pairs two tables of embeddings by id, and records in moved how far each unit vector moved.
func distance(base, head []store.Embedding, moved map[string]float64) (Drift, error) {
	d := Drift{CosineMin: 1, Scale: 1, ScaleLow: 1, ScaleHigh: 1, Items: len(base)}
	if len(head) != len(base) {
		return d, fmt.Errorf("%d items in HEAD, %d in BASE", len(head), len(base))
	}
	at := make(map[string][]float32, len(head))
	for _, e := range head {
		at[e.ID] = e.Embedding
	}
	var sum, direction float64
	var scales []float64
	values := 0
	for _, b := range base {
		h, ok := at[b.ID]
		if !ok {
			return d, fmt.Errorf("item %s is missing in HEAD", b.ID)
		}
		if len(h) != len(b.Embedding) || len(h) == 0 {
			return d, fmt.Errorf("item %s has %d dimensions in HEAD, %d in BASE", b.ID, len(h), len(b.Embedding))
		}
		delete(at, b.ID) // a repeated id counts as missing the second time
		abs, largest, cos := apart(b.Embedding, h)
		byDirection, scale := scaled(b.Embedding, h)
		direction, scales = direction+byDirection, append(scales, scale)
		if !finite(abs, cos) {
			return d, fmt.Errorf("item %s has values that are not numbers", b.ID)
		}
		moved[b.ID] = unitDistance(b.Embedding, h)
		sum, values = sum+abs, values+len(h)
		d.row(b.ID, abs/float64(len(h)), byDirection/float64(len(h)))
		d.MaxAbs, d.CosineMin = max(d.MaxAbs, largest), min(d.CosineMin, cos)
	}
	d.MeanAbs = sum / float64(values)
	if d.Direction = d.MeanAbs; d.MaxAbs > 0 {
		d.Direction, d.Scale, d.ScaleLow, d.ScaleHigh = direction/float64(values), stats.Median(scales), slices.Min(scales), slices.Max(scales)
		for _, s := range scales {
			if math.Abs(s-1) > lengthRounding {
				d.Scaled++
			}
		}
	}
	return d, nil
}

// row records how far an item moved, and whether it moved farthest.
func (d *Drift) row(id string, abs, direction float64) {
	d.Rows, d.Directions = append(d.Rows, abs), append(d.Directions, direction)
	if abs > d.RowMeanAbs {
		d.RowMeanAbs, d.RowItem = abs, id
	}
	if direction > d.RowDirection {
		d.RowDirection, d.RowDirectionItem = direction, id
	}
}

// scaled is the factor by which b is longer than a, and the sum of |a-b| once b has a's length. When a or
// b has no length, the factor is 1 and the sum is the plain one.
func scaled(a, b []float32) (sum, scale float64) {
	var aa, bb float64
	for i := range a {
		aa, bb = aa+float64(a[i])*float64(a[i]), bb+float64(b[i])*float64(b[i])
	}
	if scale = math.Sqrt(bb / aa); aa == 0 || bb == 0 {
		scale = 1
	}
	for i := range a {
		sum += math.Abs(float64(a[i]) - float64(b[i])/scale)
	}
	return sum, scale
}

// apart is the sum and the largest of |a-b|, and the cosine of a and b. The cosine of two equal vectors is
// 1, zeros included.
func apart(a, b []float32) (sum, largest, cos float64) {
	var ab, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		diff := math.Abs(x - y)
		sum, largest = sum+diff, max(largest, diff)
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	switch {
	case sum == 0:
		return 0, 0, 1
	case aa == 0 || bb == 0:
		return sum, largest, 0
	}
	return sum, largest, ab / math.Sqrt(aa*bb)
}
