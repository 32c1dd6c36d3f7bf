package drift

import (
	"math"

	"github.com/fastclip/fastclip/metrics/rank"
)

// The flip budget is the union of four certificates. Each proves from how far embeddings moved, and never
// from the variant's own similarities, that one item comes before another; an outcome at K is certain
// as soon as enough such pairs are proven, each by any of them. Names are those of budget.go, D(v) is
// v' - v, and |t| = |v| = 1.
//
// Norm: |s' - s| <= |t' - t| + |D(v)|, with its proof in budget.go.
//
// Angle: let a and b be the angles by which t and v turned, theta the one between t and v. Then
//
//	cos(min(pi, theta + a + b)) <= s' <= cos(max(0, theta - a - b)).
//
// Proof: angles on the sphere obey the triangle inequality, so the angle between t' and v' is within
// a + b of theta, and the cosine falls from 0 to pi. A chord c spans 2 asin(c/2). (A row of zeros has
// no angle: if it moved, nothing is claimed.) For unit rows this is never looser than the norm bound: the
// cosine changes by 2 sin((a+b)/2) at most, and 2 sin((a+b)/2) <= 2 sin(a/2) + 2 sin(b/2).
//
// Pair: what the drift can do to the difference of two items' similarities,
//
//	|(s'(v) - s'(w)) - (s(v) - s(w))| <= |t' - t| |v - w| + |D(v) - D(w)|.
//
// Proof: the left side is (t' - t).(v - w) + t'.(D(v) - D(w)); Cauchy and Schwarz, with |t'| <= 1.
// A drift that all items have in common cancels. With any two vectors m and d (here the means of the
// v and of the D(v)) the triangle inequality gives a looser bound, of a few operations instead of a few
// for each dimension, which is tried first:
//
//	|t' - t| (|v - m| + |w - m|) + |D(v) - d| + |D(w) - d|.
//
// Rotated: all of these with Rt' and Rv' in place of t' and v', where R is the rotation that brings the
// variant's rows nearest to the reference's (Procrustes). Proof: (Rt').(Rv') = t'.v' for an orthogonal R,
// so the variant's similarities are the same numbers and every bound above holds of them.
// rotation.go says what a computed R, which is only nearly orthogonal, costs.
type Certificate int8

const (
	None Certificate = iota
	Norm             // also when nothing moved at all
	Angle
	Pair
	Rotated // angle or pair, after the rotation, together with those before
	Stopped // undecided because Operations were used up before all was tried
)

// Certificates are the certificates that can decide an outcome, in the order in which they are tried.
var Certificates = []Certificate{Norm, Angle, Pair, Rotated}

// String is the certificate's name in results. Other values have no name.
func (c Certificate) String() string {
	return [...]string{"", "norm", "angle", "pair", "rotated", "stopped"}[c]
}

// frame holds what is known about a variant's drift, before or after a rotation.
type frame struct {
	turned, moved   []float64 // |t' - t| and |D(v)|
	byQuery, byItem []arc     // their angles
	diffs           []float64 // D(v), row after row
	squares         []float64 // |D(v)|², by the plain sum
	apart           []float64 // |D(v) - d|
	slack           float64   // possible error of a similarity in this frame
}

// arc is an angle with its cosine and sine.
type arc struct{ angle, cos, sin float64 }

func newFrame(refQueries, refItems, queries, items rank.Unit, slack float64) *frame {
	f := &frame{slack: slack, diffs: make([]float64, len(items.Data))}
	f.turned, f.moved = distances(refQueries, queries), distances(refItems, items)
	f.byQuery, f.byItem = arcs(refQueries, queries, f.turned, slack), arcs(refItems, items, f.moved, slack)
	for i, v := range items.Data {
		f.diffs[i] = v - refItems.Data[i]
	}
	f.squares, f.apart = squaresOf(f.diffs, items.Dim), fromMean(f.diffs, items.N, items.Dim)
	return f
}

// arcs are the angles of chords, rounded up. The chords are off by slack at most, and near 2 their angles
// depend on the last digit.
func arcs(a, b rank.Unit, chords []float64, slack float64) []arc {
	out := make([]arc, len(chords))
	for i, c := range chords {
		angle := 0.0
		switch {
		case c == 0:
		case zero(a, i) || zero(b, i):
			angle = math.Pi
		default:
			angle = min(math.Pi, 2*math.Asin(min(1, (c+slack)/2))+rounding)
		}
		out[i] = arc{angle, math.Cos(angle), math.Sin(angle)}
	}
	return out
}

func zero(u rank.Unit, i int) bool {
	for _, v := range u.Data[i*u.Dim : (i+1)*u.Dim] {
		if v != 0 {
			return false
		}
	}
	return true
}

// fromMean is how far each row is from the mean of all rows, rounded up.
func fromMean(data []float64, n, dim int) []float64 {
	mean, out := make([]float64, dim), make([]float64, n)
	for i, v := range data {
		mean[i%dim] += v / float64(n)
	}
	for i := range out {
		out[i] = apart(data[i*dim:(i+1)*dim], mean) + rounding
	}
	return out
}

// apart is |a - b|.
func apart(a, b []float64) float64 {
	b = b[:len(a)]
	var s, t float64 // two chains of additions overlap
	i := 0
	for ; i+2 <= len(a); i += 2 {
		x, y := a[i]-b[i], a[i+1]-b[i+1]
		s, t = s+x*x, t+y*y
	}
	if i < len(a) {
		s += (a[i] - b[i]) * (a[i] - b[i])
	}
	return math.Sqrt(s + t)
}

// narrow shrinks [low, high] of each item to the angle and norm bounds of query q.
func (f *frame) narrow(q int, sims, low, high []float64) {
	a, off := f.byQuery[q], rounding+f.slack
	for i, s := range sims {
		b, by := f.byItem[i], f.turned[q]+f.moved[i]+off
		up, down := s+by, s-by
		if angle := a.angle + b.angle; angle < math.Pi {
			cos, sin := a.cos*b.cos-a.sin*b.sin, a.sin*b.cos+a.cos*b.sin
			// Rounding may shift s either way, and near +-1 its angle moves by far more.
			if s := min(1, s+off); s < cos {
				up = min(up, s*cos+math.Sqrt((1-s)*(1+s))*sin+off)
			}
			if s := max(-1, s-off); s > -cos {
				down = max(down, s*cos-math.Sqrt((1-s)*(1+s))*sin-off)
			}
		}
		low[i], high[i] = max(low[i], down), min(high[i], up)
	}
}
