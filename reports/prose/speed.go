package prose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/reports/facts"
)

// unsteadyLimit is the coefficient of variation of a phase's repetitions from which the report warns.
const unsteadyLimit = 0.2

func SpeedSection(t facts.SpeedTable, h facts.Head) Section {
	s := Section{Title: fmt.Sprintf("Speed: ms per %s", t.Modality), Header: []string{"variant"}}
	s.Header = append(append(s.Header, t.Phases...), t.Modality+" total", "vs reference")
	remote := slices.ContainsFunc(t.Rows, func(r facts.SpeedRow) bool { return r.Server != nil })
	if remote {
		s.Header = append(s.Header, "encode: server", "encode: transport")
	}
	shares := false
	for _, r := range t.Rows {
		line := variantRow(r.Identity)
		if r.Condition != "" {
			line.Cells[0].Text += ", " + r.Condition
		}
		for i, p := range r.Phases {
			if first := t.Rows[0].Phases; !r.IsReference && p.Reps > 1 && i < len(first) && t.Rows[0].IsReference && p == first[i] {
				line.Cells, shares = append(line.Cells, Cell{shared, p.Mean}), true
				continue
			}
			line.Cells = append(line.Cells, timing(p))
		}
		line.Cells = append(line.Cells, timing(r.Total), number(r.VsReference, ratio))
		switch {
		case remote && r.Server != nil:
			line.Cells = append(line.Cells, timing(*r.Server), timing(*r.Transport))
		case remote:
			line.Cells = append(line.Cells, texts(NoNumber, NoNumber)...)
		}
		s.Rows = append(s.Rows, line)
	}
	s.Notes = speedNotes(t, h)
	if shares {
		s.Notes = append(s.Notes, shared+": the variant shares the phase with the reference, and it was measured once.")
	}
	if remote {
		s.Notes = append(s.Notes, "encode: server is the time that the encoder's server reports for its computation; encode: transport is the rest of encode. encode already includes both.")
	}
	return s
}

// shared is the text for a time that is the reference's own.
const shared = "="

func timing(t facts.Timing) Cell { return Cell{timingText(t), t.Mean} }

func timingText(t facts.Timing) string {
	switch {
	case !t.Mean.Known():
		return NoNumber
	case !t.Std.Known():
		return Millis(t.Mean, t.Mean)
	}
	return fmt.Sprintf("%s ± %s (%s)", Millis(t.Mean, t.Mean), Millis(t.Std, t.Mean), Millis(t.Median, t.Mean))
}

func speedNotes(t facts.SpeedTable, h facts.Head) []string {
	var timed []facts.SpeedRow
	for _, r := range t.Rows {
		if r.Repetitions > 0 {
			timed = append(timed, r)
		}
	}
	notes := []string{fmt.Sprintf("Each cell is mean ± standard deviation (median) over %s repetitions of %s items (encode uses more items if they take less than 40 ms). Before those come %s warm-up repetitions, which do not count.",
		usual(timed, func(r facts.SpeedRow) int64 { return int64(r.Repetitions) }),
		usual(timed, func(r facts.SpeedRow) int64 { return r.Items }),
		usual(timed, func(r facts.SpeedRow) int64 { return int64(r.Warmups) })),
		fmt.Sprintf("Measured on %s, %s, %d cores; threads: %s; encode in batches of %s.", h.Host, h.CPU, h.Cores,
			usual(timed, func(r facts.SpeedRow) int64 { return r.Threads }),
			usual(timed, func(r facts.SpeedRow) int64 { return r.Batch })),
		"vs reference is the variant's total divided by the reference's total in the same repetition, as the median over the repetitions. Below 1 is faster.",
	}
	groups := map[int64]bool{}
	for _, r := range timed {
		groups[r.Group] = true
	}
	if len(groups) > 1 {
		notes = append(notes, fmt.Sprintf("Variants were timed in %d groups that fit into memory, each in turn with the reference. Compare variants by vs reference, not by their milliseconds.", len(groups)))
	}
	if warning := unsteady(timed); warning != "" {
		notes = append(notes, warning)
	}
	return notes
}

// usual is the number that most variants share, with the exceptions in brackets.
func usual(rows []facts.SpeedRow, of func(facts.SpeedRow) int64) string {
	count := map[int64]int{}
	for _, r := range rows {
		count[of(r)]++
	}
	var most int64
	for _, r := range rows {
		if count[of(r)] > count[most] {
			most = of(r)
		}
	}
	text := fmt.Sprint(most)
	var others []string
	for _, r := range rows {
		if of(r) != most {
			others = append(others, fmt.Sprintf("%s: %d", r.Variant, of(r)))
		}
	}
	if len(others) > 0 {
		text += " (" + strings.Join(others, ", ") + ")"
	}
	return text
}

// unsteady warns of phases that vary too much for a comparison of their means. It is "" when there are
// none.
func unsteady(rows []facts.SpeedRow) string {
	worst, variants := map[string]facts.Number{}, map[string]int{}
	var phases []string
	for _, r := range rows {
		for _, p := range r.Phases {
			cv := p.Std / p.Mean
			if !cv.Known() || cv <= unsteadyLimit {
				continue
			}
			if !slices.Contains(phases, p.Phase) {
				phases = append(phases, p.Phase)
			}
			worst[p.Phase] = max(worst[p.Phase], cv)
			variants[p.Phase]++
		}
	}
	if len(phases) == 0 {
		return ""
	}
	for i, p := range phases {
		phases[i] = fmt.Sprintf("%s by up to %.0f %% (%d of %d variants)", p, 100*worst[p], variants[p], len(rows))
	}
	return "Warning: unsteady times, with a standard deviation over 20 % of the mean: " + strings.Join(phases, ", ") +
		". Compare medians, or repeat on a quieter machine."
}
