package history

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// change is a step of a series.
type change struct {
	series *Series
	step   Step
}

// size is how large a change is beside its level, either way.
func (c change) size() float64 {
	return math.Abs(math.Log(max(c.step.After, 1e-12) / max(c.step.Before, 1e-12)))
}

// writeNights says what changed on each night, by variant, the latest night first: one cause moves many lines.
func writeNights(b *strings.Builder, h *History) {
	nights := map[int][]change{}
	for i := range h.Series {
		s := &h.Series[i]
		for _, step := range s.Steps {
			at := s.Points[step.Point].Night
			nights[at] = append(nights[at], change{s, step})
		}
	}
	if len(nights) == 0 {
		return
	}
	b.WriteString("\nWhat changed, by night and variant\n")
	for at := len(h.Nights) - 1; at >= 0; at-- {
		if len(nights[at]) == 0 {
			continue
		}
		fmt.Fprintf(b, "%s (%s)\n", day(h.Nights[at]), h.Nights[at].RunID)
		var variants []string
		for _, c := range nights[at] {
			if !slices.Contains(variants, c.series.Variant) {
				variants = append(variants, c.series.Variant)
			}
		}
		for _, v := range variants {
			fmt.Fprintf(b, "    %s: %s\n", v, strings.Join(of(nights[at], v), "; "))
		}
	}
}

// of says by kind how many lines of a variant became worse or better, and the largest of them.
func of(all []change, variant string) (out []string) {
	for _, kind := range []string{Score, Drift, Time, Ratio} {
		for _, worse := range []bool{true, false} {
			var largest change
			n := 0
			for _, c := range all {
				if c.series.Variant != variant || c.series.Kind != kind || c.step.Worse != worse {
					continue
				}
				if n++; n == 1 || c.size() > largest.size() {
					largest = c
				}
			}
			if n == 0 {
				continue
			}
			word, plural, which := "better", "s", "largest: "
			if worse {
				word = "worse"
			}
			if n == 1 {
				plural, which = "", ""
			}
			s := largest.series
			before, after := s.apart(largest.step.Before, largest.step.After)
			out = append(out, fmt.Sprintf("%d %s%s %s (%s%s %s -> %s%s)", n, kind, plural, word, which, strings.TrimPrefix(s.Name(), variant+" "), before, after, pText(largest.step.P)))
		}
	}
	return out
}
