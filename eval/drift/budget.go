package drift

import (
	"math"
	"slices"

	"github.com/fastclip/fastclip/metrics/rank"
)

// The norm bound, the first of the flip budget's certificates (certificates.go has the others). Let t and v be a query's and an item's unit embedding by the reference, t' and
// v' by the variant, s = t.v and s' = t'.v' their similarities. Then
//
//	|s' - s| <= |t' - t| + |v' - v|.
//
// Proof: s' - s = t'.v' - t.v = (t' - t).v' + t.(v' - v), and by Cauchy and Schwarz
// |(t' - t).v'| <= |t' - t| |v'| = |t' - t|, |t.(v' - v)| <= |t| |v' - v| = |v' - v|. (An embedding
// of zeros stays zeros and only makes the bound looser.)
//
// R@K is 1 exactly when fewer than K irrelevant items come before the best relevant one. So
// with b(v) = |t' - t| + |v' - v|:
//
//   - it is certainly a hit when the greatest s - b of a relevant item is above the Kth greatest
//     s + b of the irrelevant ones: the variant gives that relevant item more than all but K-1
//     irrelevant ones at most;
//   - it is certainly a miss when the Kth greatest s - b of the irrelevant items is above the
//     greatest s + b of the relevant ones: K irrelevant items at least come before all relevant
//     ones.
//
// Counted over the queries, certain hits and certain misses bound the variant's R@K whatever
// its similarities are. It follows that no drift of unit embeddings by less than a quarter of the
// least |margin at K| (queries.parquet), of texts and pictures both, can change R@K: then b is
// below half the margin for every item, and neither side can reach the other.
//
// rounding is how far the computed s and b may be off, far above 2 dim eps of a sum of products.
const rounding = 1e-12

// Verdict says what is certain about a query at K.
type Verdict int8

const (
	Undecided Verdict = iota
	certainHit
	certainMiss
)

// Budget is the largest effect that a variant's drift can have had on one R@K.
type Budget struct {
	Verdicts []Verdict     // by counted query
	By       []Certificate // the certificate that gave the verdict
}

// Share is the share of queries that a certificate decided, or at which it stopped.
func (b Budget) Share(by Certificate) float64 {
	n := 0
	for _, x := range b.By {
		if x == by {
			n++
		}
	}
	return float64(n) / float64(len(b.By))
}

func (b Budget) count(v Verdict) (n int) {
	for _, x := range b.Verdicts {
		if x == v {
			n++
		}
	}
	return n
}

// Certain is the share of queries whose outcome cannot have changed. The variant's R@K lies between low and high.
func (b Budget) Certain() float64 { return 1 - float64(b.count(Undecided))/float64(len(b.Verdicts)) }
func (b Budget) Low() float64     { return float64(b.count(certainHit)) / float64(len(b.Verdicts)) }
func (b Budget) High() float64    { return 1 - float64(b.count(certainMiss))/float64(len(b.Verdicts)) }

const (
	mostPairs  = 1 << 36 // a larger search would take hours
	mostValues = 1 << 25 // up to seven copies are in memory, at 8 bytes a value
)

// TooLarge tells whether the flip budget of a search is left out. values is the number of values in the embeddings of its queries and items together.
func TooLarge(queries, items, values int) bool {
	return queries*items > mostPairs || values > mostValues
}

// Stop is the budgets of a search that is too large: all n queries count as stopped.
func Stop(n, cuts int) []Budget {
	out := make([]Budget, cuts)
	for i := range out {
		out[i] = Budget{make([]Verdict, n), slices.Repeat([]Certificate{Stopped}, n)}
	}
	return out
}

// distances is |b-a| of each pair of rows, plus the possible rounding error. It is 0 for equal rows.
func distances(a, b rank.Rows) []float64 {
	n, dim := a.Shape()
	out, x, y := make([]float64, n), make([]float64, dim), make([]float64, dim)
	for i := range out {
		a.Row(i, x)
		b.Row(i, y)
		sum := 0.0
		for k, v := range y {
			d := v - x[k]
			sum += d * d
		}
		if out[i] = math.Sqrt(sum); out[i] > 0 {
			out[i] += rounding
		}
	}
	return out
}

// greatest keeps the n greatest values offered to it, descending.
type greatest struct{ values []float64 }

func newGreatest(n int) *greatest { return &greatest{make([]float64, n)} }

func (g *greatest) reset() {
	for i := range g.values {
		g.values[i] = math.Inf(-1)
	}
}

func (g *greatest) offer(v float64) {
	at := len(g.values)
	for at > 0 && v > g.values[at-1] {
		at--
	}
	if at < len(g.values) {
		copy(g.values[at+1:], g.values[at:])
		g.values[at] = v
	}
}

// at is the kth greatest value, from 1. It is -Inf when there are fewer.
func (g *greatest) at(k int) float64 { return g.values[k-1] }
