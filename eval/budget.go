package eval

import (
	"math"

	"github.com/fastclip/fastclip/eval/rank"
)

// budget is what the drift of the embeddings could at most have done to text-to-image R@1. For
// unit vectors a similarity moves by no more than |t'-t| + |v'-v|; a query whose best relevant and
// best other picture cannot change places within that is certain.
type budget struct {
	hits, misses, queries int // certain ones, and all
}

// certain is the share of queries whose outcome cannot have changed.
func (b budget) certain() float64 { return float64(b.hits+b.misses) / float64(b.queries) }

// low and high hold the variant's R@1, whatever its similarities are.
func (b budget) low() float64  { return float64(b.hits) / float64(b.queries) }
func (b budget) high() float64 { return 1 - float64(b.misses)/float64(b.queries) }

// flipBudget computes the budget over the counted queries of a text-to-image search.
func flipBudget(d *search, refTexts, refImages, texts, images rank.Unit) budget {
	moved := distances(refImages, images)
	turned := distances(refTexts, texts)
	b := budget{queries: len(d.counted)}
	sims, relevant := make([]float64, refImages.N), make([]bool, refImages.N)
	for _, q := range d.counted {
		refTexts.Dot(q, refImages, sims)
		d.relevant(q, relevant)
		inLow, inHigh, outLow, outHigh := math.Inf(-1), math.Inf(-1), math.Inf(-1), math.Inf(-1)
		for i, s := range sims {
			by := turned[q] + moved[i]
			if relevant[i] {
				inLow, inHigh = max(inLow, s-by), max(inHigh, s+by)
			} else {
				outLow, outHigh = max(outLow, s-by), max(outHigh, s+by)
			}
		}
		switch {
		case inLow > outHigh:
			b.hits++
		case outLow > inHigh:
			b.misses++
		}
	}
	return b
}

// distances is |b-a| of each pair of rows, with what rounding may add.
func distances(a, b rank.Unit) []float64 {
	out := make([]float64, a.N)
	for i := range out {
		sum := 0.0
		for k := i * a.Dim; k < (i+1)*a.Dim; k++ {
			d := b.Data[k] - a.Data[k]
			sum += d * d
		}
		out[i] = math.Sqrt(sum)
		if out[i] > 0 {
			out[i] += 1e-15
		}
	}
	return out
}
