package stats

import "math"

// Parts is what single errors come to, each alone, beside what they come to together.
type Parts struct{ Sum, Root float64 } // their sum, and the root of the sum of their squares

// interacting is how far from the root of squares the whole may be: beyond, the square is off by more than half
// (docs/explain.md has what was measured).
const interacting = 1.25

// PartsOf adds parts up.
func PartsOf(parts []float64) (p Parts) {
	for _, v := range parts {
		p.Sum += v
		p.Root += v * v
	}
	p.Root = math.Sqrt(p.Root)
	return p
}

// Words say what the whole, beside its parts, tells of them.
func (p Parts) Words(whole float64) string {
	switch {
	case whole > p.Root*interacting:
		return "they interact: together they do more than errors that have nothing to do with each other"
	case p.Root > whole*interacting:
		return "they interact: together they do less, for one undoes what another does"
	}
	return "they add up as independent errors do"
}
