package trec

import "strconv"

// measure is one of trec_eval's, or a family of them that differ by a parameter.
type measure struct {
	name   string
	takes  params
	preset []float64 // parameters that are used when none are given
	exact  int       // how many parameters it takes, 0 for any number
	values func(r *ranking, p parameters, out []float64)
	text   func(r *ranking, p parameters) string // instead of values
	mean   func(sum float64, n int) float64
	whole  bool // printed without decimals
	// allOnly: printed for all queries together and not for each.
	allOnly bool
}

// params are the kinds of parameters that a measure takes.
type params int

const (
	takesNone    params = iota
	takesCutoffs        // whole numbers, a value each
	takesPoints         // numbers, a value each
	takesNumbers        // numbers, one value in all
	takesPairs          // NAME=NUMBER, one value in all
)

// wanted is a measure with its parameters.
type wanted struct {
	measure
	parameters
	names []string // of its values
	at    int      // of its first value among those of a query
}

func newWanted(m measure, p parameters) wanted {
	w := wanted{measure: m, parameters: p}
	switch m.takes {
	case takesCutoffs:
		for _, cut := range p.numbers {
			w.names = append(w.names, m.name+"_"+strconv.Itoa(int(cut)))
		}
	case takesPoints:
		for _, cut := range p.numbers {
			w.names = append(w.names, m.name+"_"+strconv.FormatFloat(cut, 'f', 2, 64))
		}
	default:
		w.names = []string{m.name}
		if p.given != "" {
			w.names[0] += "_" + p.given
		}
	}
	return w
}

// one makes a measure of one value.
func one(value func(r *ranking) float64) func(*ranking, parameters, []float64) {
	return func(r *ranking, _ parameters, out []float64) { out[0] = value(r) }
}

// ratio is a/b, and 0 when b is.
func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
