package trec

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// parameters is the part of -m after the first point.
type parameters struct {
	given   string // as written; "" for the presets
	numbers []float64
	pairs   []pair
	persist float64 // rbp's p; 0 if not given
}

// pair assigns a gain to a judgement.
type pair struct {
	level int
	value float64
}

// persistence is the probability that a user looks at the next document.
func (p parameters) persistence() float64 {
	if p.persist == 0 {
		return 0.9
	}
	return p.persist
}

// parseParameters reads the parameters given for m.
func parseParameters(m measure, given string) (parameters, error) {
	p := parameters{given: given}
	for item := range strings.SplitSeq(given, ",") {
		var err error
		switch m.takes {
		case takesNone:
			err = fmt.Errorf("%s takes no parameters", m.name)
		case takesPairs:
			err = p.addPair(m.name, item)
		default:
			err = p.addNumber(m.takes, item)
		}
		if err != nil {
			return p, err
		}
	}
	if m.exact > 0 && len(p.numbers) != m.exact {
		return p, fmt.Errorf("%d parameters: %s takes %d", len(p.numbers), m.name, m.exact)
	}
	if m.takes == takesCutoffs || m.takes == takesPoints {
		slices.Sort(p.numbers)
		if once := slices.Compact(slices.Clone(p.numbers)); len(once) < len(p.numbers) {
			return p, fmt.Errorf("a cutoff of %s is given twice", m.name)
		}
	}
	return p, nil
}

// addNumber reads a number. It drops the decimals of a cutoff, as trec_eval does.
func (p *parameters) addNumber(takes params, item string) error {
	v, err := number(item)
	if err != nil {
		return err
	}
	if takes == takesCutoffs {
		v = math.Trunc(v)
		if v < 1 || v > math.MaxInt32 {
			return fmt.Errorf("cutoff %q: want a whole number from 1 to %d", item, math.MaxInt32)
		}
	}
	p.numbers = append(p.numbers, v)
	return nil
}

func (p *parameters) addPair(measure, item string) error {
	name, text, ok := strings.Cut(item, "=")
	if !ok {
		return fmt.Errorf("parameter %q: want JUDGEMENT=GAIN", item)
	}
	v, err := number(text)
	if err != nil {
		return err
	}
	if name == "p" && strings.HasPrefix(measure, "rbp") {
		if v <= 0 || v >= 1 {
			return fmt.Errorf("parameter %q: want a number between 0 and 1", item)
		}
		p.persist = v
		return nil
	}
	level, err := strconv.ParseInt(name, 10, 32)
	if err != nil {
		return fmt.Errorf("parameter %q: want JUDGEMENT=GAIN with a whole number as judgement", item)
	}
	if slices.ContainsFunc(p.pairs, func(o pair) bool { return o.level == int(level) }) {
		return fmt.Errorf("parameter %q: judgement %d has a gain already", item, level)
	}
	p.pairs = append(p.pairs, pair{int(level), v})
	return nil
}

func number(text string) (float64, error) {
	v, ok := parseScore(text)
	if !ok || math.Abs(v) > math.MaxInt32 {
		return 0, fmt.Errorf("parameter %q: want a number", text)
	}
	return v, nil
}
