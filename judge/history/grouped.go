package history

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Change is a step of a series.
type Change struct {
	Series *Series
	Step   Step
}

// size is the size of the change relative to its level, up or down.
func (c Change) size() float64 {
	return math.Abs(math.Log(max(c.Step.After, 1e-12) / max(c.Step.Before, 1e-12)))
}

// Largest is the change with the largest size.
func Largest(all []Change) Change {
	return slices.MaxFunc(all, func(a, b Change) int { return cmp.Compare(a.size(), b.size()) })
}

// writeNights lists what changed on each night, by variant and with the latest night first. The grouping
// helps because one cause moves many lines.
func writeNights(b *strings.Builder, h *History) {
	nights := map[int][]Change{}
	for i := range h.Series {
		s := &h.Series[i]
		for _, step := range s.Steps {
			at := s.Points[step.Point].Night
			nights[at] = append(nights[at], Change{s, step})
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
		byVariant, variants := map[string][]Change{}, []string{}
		for _, c := range nights[at] {
			v := c.Series.Variant
			if byVariant[v] == nil {
				variants = append(variants, v)
			}
			byVariant[v] = append(byVariant[v], c)
		}
		for _, v := range variants {
			fmt.Fprintf(b, "    %s: %s\n", v, strings.Join(InWords(byVariant[v]), "; "))
		}
	}
}

// InWords says, for each kind, how many lines of one variant became worse or better, and names the largest
// change.
func InWords(all []Change) (out []string) {
	for _, kind := range []string{Score, Drift, Time, Ratio} {
		for _, worse := range []bool{true, false} {
			some := slices.DeleteFunc(slices.Clone(all), func(c Change) bool { return c.Series.Kind != kind || c.Step.Worse != worse })
			if len(some) == 0 {
				continue
			}
			word, plural, which := "better", "s", "largest: "
			if worse {
				word = "worse"
			}
			if len(some) == 1 {
				plural, which = "", ""
			}
			s, step := Largest(some).Series, Largest(some).Step
			before, after := s.apart(step.Before, step.After)
			out = append(out, fmt.Sprintf("%d %s%s %s (%s%s %s -> %s%s)", len(some), kind, plural, word, which, strings.TrimPrefix(s.Name(), s.Variant+" "), before, after, pText(step.P)))
		}
	}
	return out
}
