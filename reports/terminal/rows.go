package terminal

import (
	"fmt"
	"unicode/utf8"

	"github.com/fastclip/fastclip/reports/facts"
	"github.com/fastclip/fastclip/reports/prose"
)

// Escape codes of colours. Names and reasons never contain any (plain).
const (
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	blue   = "\x1b[34m"
	off    = "\x1b[0m"
)

func (s Screen) paint(code, text string) string {
	if !s.Colour || code == "" || text == "" {
		return text
	}
	return code + text + off
}

// tones are the colours of states.
var tones = map[string]string{
	facts.StandsFailed: red, facts.StandsFaulty: red, facts.StandsWorse: red, facts.StandsSlower: yellow, facts.StandsAway: yellow,
	facts.StandsBetter: green, facts.StandsNoise: "", facts.StandsSame: green, facts.StandsReference: blue,
}

// rows prints one line per variant, the worst first, as many as the screen has room for. It then counts
// the remaining variants by state.
func (s Screen) rows(all []facts.Standing) []string {
	shown := all
	if len(shown) > Lines-others {
		shown = shown[:Lines-others-1]
	}
	metric, timed, scored := "", false, false
	state, name := len("STATUS"), len("VARIANT")
	for _, x := range shown {
		metric = x.Metric
		state, name = max(state, len(x.State)), max(name, utf8.RuneCountInString(plain(x.Variant)))
		timed = timed || x.Image.Known() || x.Text.Known()
		scored = scored || x.Score.Known()
	}
	name = min(name, s.Columns/3)
	table := func(x [5]string) (head, numbers string) {
		head = fmt.Sprintf("%-*s  %-*s", state, x[0], name, clip(x[1], name))
		if scored {
			numbers += fmt.Sprintf("  %6s", x[2])
		}
		if timed {
			numbers += fmt.Sprintf("  %6s  %6s", x[3], x[4])
		}
		return head, numbers
	}
	head, numbers := table([5]string{"STATUS", "VARIANT", metric, "IMAGE", "TEXT"})
	lines := []string{s.paint(dim, clip(head+numbers+"  WHY", s.Columns))}
	for _, x := range shown {
		score := prose.Percent(x.Score)
		head, numbers := table([5]string{x.State, plain(x.Variant), score, prose.Times(x.Image), prose.Times(x.Text)})
		used := utf8.RuneCountInString(head + numbers)
		line := s.paint(tones[x.State], head[:state]) + head[state:] + numbers
		if room := s.Columns - used - 2; room > 5 {
			line += "  " + clip(plain(prose.Why(x)), room)
		}
		lines = append(lines, line)
	}
	if n := len(all) - len(shown); n > 0 {
		lines = append(lines, s.paint(dim, clip("and "+counts(all[len(shown):]), s.Columns)))
	}
	return lines
}

// counts says how many variants are in each state.
func counts(all []facts.Standing) string {
	text := ""
	for i := 0; i < len(all); {
		k := i
		for k < len(all) && all[k].State == all[i].State {
			k++
		}
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%d more: %s", k-i, all[i].State)
		i = k
	}
	return text
}
