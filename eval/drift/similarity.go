package drift

import (
	"context"

	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/metrics/rank"
)

// manyPairs is from how many similarities on they are computed in float32, many at a time: on fewer
// the plain sums in float64 take no time.
const manyPairs = 1 << 22

func Similarities(ctx context.Context, refTexts, refImages, texts, images rank.Raw) (*Difference, error) {
	finite := refTexts.Finite() && refImages.Finite() && texts.Finite() && images.Finite()
	n, _ := texts.Shape()
	m, _ := images.Shape()
	if n*m < manyPairs || !finite {
		return plainSimilarities(refTexts.Unit(), refImages.Unit(), texts.Unit(), images.Unit()), ctx.Err()
	}
	return fastSimilarities(ctx, refTexts, refImages, texts, images)
}

// plainSimilarities computes some rows at a time on all cores, and adds them up in their order.
func plainSimilarities(refTexts, refImages, texts, images rank.Unit) *Difference {
	d, refItems, items := &Difference{}, refImages.Blocks(), images.Blocks()
	n, room := images.N, items.Room()
	some := max(1, min(texts.N, plainRows, manyPairs/max(1, n)))
	a, b := make([]float64, some*room), make([]float64, some*room)
	for from := 0; from < texts.N; from += some {
		rows := min(some, texts.N-from)
		machine.OnCores((rows+dotRows-1)/dotRows, func(i int) {
			first, last := i*dotRows, min((i+1)*dotRows, rows)
			refTexts.DotAll(from+first, from+last, refItems, a[first*room:last*room])
			texts.DotAll(from+first, from+last, items, b[first*room:last*room])
		})
		for i := range rows {
			d.Add64(b[i*room:i*room+n], a[i*room:i*room+n])
		}
	}
	return d
}

// plainRows is how many rows are there at a time, and dotRows how many of them a core takes.
const (
	plainRows = 64
	dotRows   = 8
)

// fastSimilarities is plainSimilarities in float32: not of s' - s, which float32 cannot tell, but of
// (t' - t).v' + t.(v' - v), which is the same and whose error is relative to the drift: at most
// rank.Off times the norms of t' - t and v' - v.
func fastSimilarities(ctx context.Context, refTexts, refImages, texts, images rank.Rows) (*Difference, error) {
	n, dim := texts.Shape()
	m, _ := images.Shape()
	drift := []rank.Pair{{A: texts, B: images}, {A: rank.Negative(refTexts), B: refImages}} // of other dimensions
	if _, refDim := refTexts.Shape(); refDim == dim {
		drift = []rank.Pair{{A: rank.Less(texts, refTexts), B: images}, {A: refTexts, B: rank.Less(images, refImages)}}
	}
	// A part for each stripe, so that the sums are the same on any number of cores.
	parts := make([]Difference, (n+rank.ProductRows-1)/rank.ProductRows)
	err := rank.Products(ctx, [][]rank.Pair{{{A: refTexts, B: refImages}}, drift}, func(from, to int, products [][]float32) {
		part, zero := &parts[from/rank.ProductRows], make([]float32, m)
		for row := range to - from {
			part.addDrift(products[0][row*m:(row+1)*m], products[1][row*m:(row+1)*m], zero)
		}
	})
	d := &Difference{}
	for i := range parts {
		d.merge(&parts[i])
	}
	return d, err
}

// addDrift compares a row with itself and a difference added; zero is as many zeros.
func (d *Difference) addDrift(row, by, zero []float32) {
	d.Abs.Add(by, zero)
	var aa, ab, bb float64 // of row and by
	for i, x := range row {
		x, y := float64(x), float64(by[i])
		aa, ab, bb = aa+x*x, ab+x*y, bb+y*y
	}
	d.cosine(aa+ab, aa, max(0, aa+2*ab+bb))
}
