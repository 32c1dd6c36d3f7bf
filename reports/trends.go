package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/judge/history"
	"github.com/fastclip/fastclip/reports/charts"
	"github.com/fastclip/fastclip/reports/facts"
	"github.com/fastclip/fastclip/reports/prose"
)

// shownTrends is the largest number of lines over nights that a page draws.
const shownTrends = 24

// trendsPart is the chapter of numbers over nights. First come the numbers that changed their level, and
// then those that are read every night: the reference's scores and times.
func trendsPart(r shown) (part, bool, error) {
	h := r.extras.History
	if h == nil || len(h.Nights) == 0 {
		return part{}, false, nil
	}
	p := part{ID: "history", Title: "History"}
	first, last := h.Nights[0].Started, h.Nights[len(h.Nights)-1].Started
	text := fmt.Sprintf("%s, %s to %s.", prose.Plural(len(h.Nights), "night"), first.Format("2 January 2006"), last.Format("2 January 2006"))
	if n := len(h.Skipped); n > 0 {
		text += fmt.Sprintf(" %s left out, the first because: %s: %s.", prose.Plural(n, "run"), h.Skipped[0].Dir, h.Skipped[0].Reason)
	}
	chosen, steady, more := chooseTrends(h, facts.Reference(r.Res).Variant, r.Metric)
	for i, s := range chosen {
		f, ok, err := trend(h, s)
		if err != nil {
			return part{}, false, err
		}
		if f.Name = fmt.Sprintf("history-%02d", i+1); ok {
			p.Figures = append(p.Figures, f)
		}
	}
	if more > 0 {
		text += fmt.Sprintf(" %d more lines changed their level; fastclip history lists them.", more)
	}
	p.Notes = append(p.Notes, text+fmt.Sprintf(" %s without a step.", prose.Plural(steady, "line")))
	return p, true, nil
}

// chooseTrends chooses the lines with a step, steps for the worse first, and then the reference's own
// lines. steady counts the lines without a step. more counts the lines with a step that are left out.
func chooseTrends(h *history.History, ref, metric string) (chosen []history.Series, steady, more int) {
	var worse, better, own []history.Series
	for _, s := range h.Series {
		switch {
		case slices.ContainsFunc(s.Steps, func(x history.Step) bool { return x.Worse }):
			worse = append(worse, s)
		case len(s.Steps) > 0:
			better = append(better, s)
		default:
			steady++
			if s.Variant == ref && (s.Kind == history.Score && s.Metric == metric && s.Of == "t2i" || s.Kind == history.Time && s.Metric == history.Total) {
				own = append(own, s)
			}
		}
	}
	chosen = append(worse, better...)
	if n := len(chosen) - shownTrends; n > 0 {
		return chosen[:shownTrends], steady, n
	}
	return append(chosen, own[:min(len(own), shownTrends-len(chosen))]...), steady, 0
}

// short is a number with three digits.
func short(v float64) string {
	if math.Abs(v) < 1e-2 {
		return prose.Scientific(facts.Number(v))
	}
	return fmt.Sprintf("%.3g", v)
}

// trend is the chart of a line over nights. ok is false when the line was never measured.
func trend(h *history.History, s history.Series) (f figure, ok bool, err error) {
	scale, unit := 1.0, s.Unit
	if s.Kind == history.Score {
		scale, unit = 100, "%"
	}
	title := strings.Join(slices.DeleteFunc([]string{s.Variant, s.Dataset, s.Of, s.Metric}, func(x string) bool { return x == "" }), " · ")
	line := charts.Line{Title: title, YTitle: unit, Format: charts.Short}
	for _, p := range s.Points {
		n := h.Nights[p.Night]
		night := charts.Night{At: n.Started, Y: math.NaN(), Hint: fmt.Sprintf("%s: not measured: %s", n.Started.Format("2 January 2006"), p.Reason)}
		if p.Value != nil {
			ok, night.Y = true, scale**p.Value
			night.Hint = fmt.Sprintf("%s: %s %s (%s)", n.Started.Format("2 January 2006"), short(night.Y), unit, n.RunID)
		}
		line.Nights = append(line.Nights, night)
	}
	f = figure{Title: title}
	for _, step := range s.Steps {
		night := &line.Nights[step.Point]
		night.Step, night.Bad = short(scale*step.Before)+" → "+short(scale*step.After), step.Worse
		word := "Better"
		if step.Worse {
			word = "Worse"
		}
		f.Caption += fmt.Sprintf("%s since %s: %s to %s. ", word, night.At.Format("2 January"), short(scale*step.Before), short(scale*step.After))
	}
	for _, b := range s.Breaks {
		f.Caption += fmt.Sprintf("Not compared across %s: %s. ", line.Nights[b.Point].At.Format("2 January"), b.Reason)
	}
	if !ok {
		return f, false, nil
	}
	f.Picture, err = line.Draw(trendChart, 168)
	return f, true, err
}
