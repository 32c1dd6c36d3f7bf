package drift

import (
	"context"

	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/metrics/rank"
)

// manyPairs is the number of similarities from which they are computed in float32, many at a time. For
// fewer, plain sums in float64 take no time.
const manyPairs = 1 << 22

// Similarities are those of every text with every picture: the reference's and a variant's.
type Similarities struct{ RefTexts, RefImages, Texts, Images rank.Raw }

// Difference compares the similarities.
func (s Similarities) Difference(ctx context.Context) (*Difference, error) {
	if s.Ranges() == 0 {
		return plainSimilarities(s.RefTexts.Unit(), s.RefImages.Unit(), s.Texts.Unit(), s.Images.Unit()), ctx.Err()
	}
	return fastSimilarities(ctx, s.RefTexts, s.RefImages, s.Texts, s.Images, blockImages)
}

// RangeTexts is the number of texts in a range.
const RangeTexts = 64 * rank.ProductRows

// Ranges is the number of ranges of texts that can be compared one by one, with the result of Difference. It
// is 0 when there are so few similarities, or such odd values, that they are compared in double precision.
func (s Similarities) Ranges() int {
	n, _ := s.Texts.Shape()
	m, _ := s.Images.Shape()
	if n*m < manyPairs || !s.RefTexts.Finite() || !s.RefImages.Finite() || !s.Texts.Finite() || !s.Images.Finite() {
		return 0
	}
	return (n + RangeTexts - 1) / RangeTexts
}

// Range compares the similarities of a range's texts, the first of which is number*RangeTexts.
func (s Similarities) Range(ctx context.Context, number int) (Stripes, error) {
	n, _ := s.Texts.Shape()
	begin := number * RangeTexts
	return stripesOf(ctx, sumsOf(s.RefTexts, s.RefImages, s.Texts, s.Images), begin, min(begin+RangeTexts, n), blockImages)
}

// plainSimilarities computes some rows at a time on all cores, and adds them up in order.
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

// plainRows is the number of rows in memory at a time, and dotRows the number that a core takes.
const (
	plainRows = 64
	dotRows   = 8
)

// fastSimilarities is plainSimilarities in float32. Float32 cannot resolve s' - s, so it computes the
// equal sum (t' - t).v' + t.(v' - v). The error of that is relative to the drift: at most rank.Off times
// the norms of t' - t and v' - v.
func fastSimilarities(ctx context.Context, refTexts, refImages, texts, images rank.Rows, block int) (*Difference, error) {
	n, _ := texts.Shape()
	d, sums := &Difference{}, sumsOf(refTexts, refImages, texts, images)
	for begin := 0; begin < n; begin += RangeTexts {
		parts, err := stripesOf(ctx, sums, begin, min(begin+RangeTexts, n), block)
		if err != nil {
			return d, err
		}
		parts.AddTo(d)
	}
	return d, nil
}

// sumsOf are the products that give the reference's similarities, and their differences.
func sumsOf(refTexts, refImages, texts, images rank.Rows) [][]rank.Pair {
	drift := []rank.Pair{{A: texts, B: images}, {A: rank.Negative(refTexts), B: refImages}} // of other dimensions
	_, dim := texts.Shape()
	if _, refDim := refTexts.Shape(); refDim == dim {
		drift = []rank.Pair{{A: rank.Less(texts, refTexts), B: images}, {A: refTexts, B: rank.Less(images, refImages)}}
	}
	return [][]rank.Pair{{{A: refTexts, B: refImages}}, drift}
}

// stripesOf compares texts begin to end with all pictures. Each stripe has its own part, so that the sums are
// the same on any number of cores, for any block size and for any range.
func stripesOf(ctx context.Context, sums [][]rank.Pair, begin, end, block int) (Stripes, error) {
	m, _ := sums[0][0].B.Shape()
	parts := make([]stripe, (end-begin+rank.ProductRows-1)/rank.ProductRows)
	for first := 0; first < m; first += block {
		err := rank.ProductsOf(ctx, sums, begin, end, first, min(first+block, m), func(from, to int, products [][]float32) {
			parts[(from-begin)/rank.ProductRows].add(to-from, products[0], products[1])
		})
		if err != nil {
			return nil, err
		}
	}
	out := make(Stripes, len(parts))
	for i := range parts {
		out[i] = *parts[i].whole()
	}
	return out, nil
}

// blockImages is the number of pictures that are compared together, so that memory does not grow with the set.
// It is a multiple of stats.SumLen.
const blockImages = 1 << 16

// stripe is the difference of some texts' similarities, while blocks of pictures pass by.
type stripe struct {
	Difference
	rows []crossed
	zero []float32
}

// crossed holds a text's sums so far: those of the products of similarities and differences, and those
// that AbsDiff deferred.
type crossed struct {
	aa, ab, bb float64
	sums       []float64
}

// add compares rows with themselves plus a difference.
func (s *stripe) add(rows int, all, by []float32) {
	m := len(all) / rows
	if len(s.rows) == 0 {
		s.rows, s.zero = make([]crossed, rows), make([]float32, m)
	}
	for i := range s.rows {
		row, by, r := all[i*m:(i+1)*m], by[i*m:(i+1)*m], &s.rows[i]
		r.sums = s.Abs.AddLater(by, s.zero[:m], r.sums)
		aa, ab, bb := r.aa, r.ab, r.bb
		for k, x := range row {
			x, y := float64(x), float64(by[k])
			aa, ab, bb = aa+x*x, ab+x*y, bb+y*y
		}
		r.aa, r.ab, r.bb = aa, ab, bb
	}
}

// whole is the difference after all pictures have passed.
func (s *stripe) whole() *Difference {
	for _, r := range s.rows {
		s.Abs.Sum(r.sums)
		s.cosine(r.aa+r.ab, r.aa, max(0, r.aa+2*r.ab+r.bb))
	}
	return &s.Difference
}
