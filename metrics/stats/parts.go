package stats

import "math"

// Parts sums up errors that were measured one at a time, for a comparison with their joint effect.
type Parts struct{ Sum, Root float64 } // their sum, and the root of the sum of their squares

// interacting is the factor between the whole and the root of squares from which the parts interact.
// Beyond it, the square is off by more than half (docs/explain.md has the measurements).
const interacting = 1.25

// PartsOf sums up parts.
func PartsOf(parts []float64) (p Parts) {
	for _, v := range parts {
		p.Sum += v
		p.Root += v * v
	}
	p.Root = math.Sqrt(p.Root)
	return p
}

// Words say what the size of the whole tells about its parts.
func (p Parts) Words(whole float64) string {
	switch {
	case whole > p.Root*interacting:
		return "they interact: together they do more than errors that have nothing to do with each other"
	case p.Root > whole*interacting:
		return "they interact: together they do less, for one undoes what another does"
	}
	return "they add up as independent errors do"
}
