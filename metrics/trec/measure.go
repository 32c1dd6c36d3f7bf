package trec

import "strconv"

// measure is a measure of trec_eval, or a family of measures that differ by a parameter.
type measure struct {
	name   string
	takes  params
	preset []float64 // parameters that apply when none are given
	exact  int       // required number of parameters; 0 means any number
	values func(r *ranking, p parameters, out []float64)
	text   func(r *ranking, p parameters) string // instead of values
	mean   func(sum float64, n int) float64
	whole  bool // printed without decimals
	// allOnly measures are printed for all queries together, and not for each.
	allOnly bool
}

// params are the kinds of parameters that a measure takes.
type params int

const (
	takesNone    params = iota
	takesCutoffs        // whole numbers, one value each
	takesPoints         // numbers, one value each
	takesNumbers        // numbers, one value for all
	takesPairs          // NAME=NUMBER, one value for all
)

// wanted is a measure with its parameters.
type wanted struct {
	measure
	parameters
	names []string // names of its values
	at    int      // index of its first value among a query's values
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

// one turns a function with one value into a measure.
func one(value func(r *ranking) float64) func(*ranking, parameters, []float64) {
	return func(r *ranking, _ parameters, out []float64) { out[0] = value(r) }
}

// ratio is a/b, and 0 when b is 0.
func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
