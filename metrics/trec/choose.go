package trec

import (
	"fmt"
	"math"
	"strings"
)

// choose finds the requested measures, in trec_eval's order. When a measure is requested twice with
// parameters, the first parameters count, as in trec_eval.
func choose(opts Options) ([]wanted, error) {
	asked, given := map[string]bool{}, map[string]parameters{}
	known := map[string]measure{}
	for _, m := range measures() {
		known[m.name] = m
	}
	for _, spec := range opts.Measures {
		name, params, has := strings.Cut(spec, ".")
		names := nickname(name)
		if _, ok := known[name]; ok {
			names = []string{name}
		} else if names == nil {
			return nil, unknown(spec, known)
		} else if has {
			return nil, fmt.Errorf("measure %q: %s takes no parameters", spec, name)
		}
		for _, n := range names {
			asked[n] = true
		}
		if _, first := given[name]; has && !first {
			p, err := parseParameters(known[name], params)
			if err != nil {
				return nil, fmt.Errorf("measure %q: %w", spec, err)
			}
			given[name] = p
		}
	}
	return arrange(asked, given), nil
}

func arrange(asked map[string]bool, given map[string]parameters) (list []wanted) {
	at := 0
	for _, m := range measures() {
		if !asked[m.name] {
			continue
		}
		p, ok := given[m.name]
		if !ok {
			p = parameters{numbers: m.preset}
		}
		w := newWanted(m, p)
		w.at = at
		at += len(w.names)
		list = append(list, w)
	}
	return list
}

// unknown suggests what an unknown measure may have been meant to be.
func unknown(spec string, known map[string]measure) error {
	if i := strings.LastIndexByte(spec, '_'); i > 0 {
		if m, ok := known[spec[:i]]; ok && m.takes != takesNone {
			return fmt.Errorf("unknown measure %q: parameters follow a dot: %s.%s", spec, m.name, spec[i+1:])
		}
	}
	return fmt.Errorf("unknown measure %q: want official, set, all_trec or a measure of trec_eval", spec)
}

// The ways to make one value of those of n queries.

func average(sum float64, n int) float64 { return sum / float64(n) }

func sum(sum float64, _ int) float64 { return sum }

func queryCount(_ float64, n int) float64 { return float64(n) }

func geometricMean(logs float64, n int) float64 { return math.Exp(logs / float64(n)) }
