package history

import (
	"fmt"
	"math"
	"slices"

	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/metrics/stats"
)

// Level is how long a variant took compared with the others, night by night up to the judged one. Each
// value is the logarithm of the variant's total minus the median of the others', so what a night did to
// all variants cancels out.
type Level struct {
	Variant  string
	Modality string
	Nights   []Night   // oldest first; the last is the judged night
	Log      []float64 // 0.05 is 5 % longer
}

// Levels are the levels of the nights from base up to head, on head's machine and suite. Nights before the
// pinned baseline had another level on purpose, so they are left out. A base that is not in the history
// counts as older than all nights.
func (h *History) Levels(head, base string) ([]Level, error) {
	at := slices.IndexFunc(h.Nights, func(n Night) bool { return n.RunID == head })
	if at < 0 {
		return nil, fmt.Errorf("run %s is not below %s: make it there with eval --history", head, h.Root)
	}
	from := max(0, slices.IndexFunc(h.Nights[:at], func(n Night) bool { return n.RunID == base }))
	tonight := h.Nights[at]
	var nights []Night
	for _, n := range h.Nights[from : at+1] {
		if n.Machine == tonight.Machine && n.Suite == tonight.Suite && len(n.Levels) > 0 {
			nights = append(nights, n)
		}
	}
	if len(tonight.Levels) == 0 {
		return nil, nil
	}
	var out []Level
	for _, l := range tonight.Levels {
		if level := levelOf(l, nights); len(level.Log) > 0 {
			out = append(out, level)
		}
	}
	return out, nil
}

// levelOf has the nights on which the variant was timed beside the same others as tonight. It is empty
// when too few others were timed tonight.
func levelOf(mine compare.Level, nights []Night) Level {
	out := Level{Variant: mine.Variant, Modality: mine.Modality}
	var others []string // others of tonight's run; a variant that shares all its work with this one adds no information
	for _, l := range nights[len(nights)-1].Levels {
		if l.Modality == mine.Modality && l.Log != mine.Log {
			others = append(others, l.Variant)
		}
	}
	if len(others)+1 < leastBeside {
		return Level{}
	}
	for _, n := range nights {
		own, beside := math.NaN(), []float64{}
		for _, l := range n.Levels {
			switch {
			case l.Modality != mine.Modality:
			case l.Variant == mine.Variant:
				own = l.Log
			case slices.Contains(others, l.Variant):
				beside = append(beside, l.Log)
			}
		}
		if len(beside) == len(others) && !math.IsNaN(own) {
			out.Nights, out.Log = append(out.Nights, n), append(out.Log, own-stats.Median(beside))
		}
	}
	return out
}
