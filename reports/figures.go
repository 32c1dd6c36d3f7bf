package reports

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/fastclip/fastclip/reports/charts"
	"github.com/fastclip/fastclip/reports/facts"
	"github.com/fastclip/fastclip/reports/prose"
)

// figure is a chart with its heading and a hint on how to read it.
type figure struct {
	Name    string // base name of a file
	Title   string
	Caption string
	charts.Picture
	Narrow charts.Picture // the same chart for a phone, where it can be drawn that narrow
}

// both draws a chart for a screen and for a phone.
func (f *figure) both(wide float64, draw func(width float64) (charts.Picture, error)) (err error) {
	if f.Picture, err = draw(wide); err != nil {
		return err
	}
	f.Narrow, err = draw(phoneChart)
	return err
}

// widths of charts, in pixels.
const (
	wideChart = 580
	slimChart = 590

	phoneChart = 349
	trendChart = 349
)

// overviewFigures are the charts of the whole run for which it has numbers.
func overviewFigures(r facts.Report) ([]figure, error) {
	var out []figure
	for _, draw := range []func(facts.Report) (figure, bool, error){speedAccuracy, ladder} {
		f, ok, err := draw(r)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, f)
		}
	}
	return out, nil
}

// speedAccuracy is the chart of time against score. ok is false when no variant has both. A score is the
// mean over the datasets. Its bar is the interval of the difference from the reference.
func speedAccuracy(r facts.Report) (f figure, ok bool, err error) {
	sc := charts.Scatter{
		Title: "Speed against accuracy", XTitle: "image, ms (median, file to unit vector)",
		YTitle: fmt.Sprintf("text-to-image %s, %%", r.Metric), XFormat: charts.Short, YFormat: charts.Short,
	}
	for _, row := range r.Performance {
		score, n := facts.Number(0), facts.Number(0)
		for i, c := range r.Columns {
			if c.Direction == "t2i" {
				score, n = score+row.Scores[i].Value, n+1
			}
		}
		ms := imageTotal(r, row.Variant)
		if score /= n; !score.Known() || !ms.Known() {
			continue
		}
		p := charts.Point{Name: row.Variant, X: float64(ms), Y: 100 * float64(score), Low: math.NaN(), High: math.NaN(), Reference: row.IsReference}
		p.Hint = fmt.Sprintf("%s: %s ms, %s %%", row.Variant, prose.Millis(ms, ms), prose.Percent(score))
		if d, found := overall(r, row.Variant); found && !row.IsReference {
			base := p.Y - 100*float64(d.Delta)
			p.Low, p.High = base+100*float64(d.DeltaLow), base+100*float64(d.DeltaHigh)
			p.Hint += fmt.Sprintf(" (%s points [%s, %s])", prose.Points(d.Delta), prose.Points(d.DeltaLow), prose.Points(d.DeltaHigh))
		}
		sc.Points = append(sc.Points, p)
	}
	if len(sc.Points) == 0 {
		return figure{}, false, nil
	}
	f = figure{
		Name: "speed-accuracy", Title: sc.Title,
		Caption: "Filled, joined points form the Pareto front: no other variant is both faster and more accurate. The dashed line is the reference's score. " +
			"Bars are 95 % intervals of the difference from the reference; a bar that crosses the dashed line shows no difference.",
	}
	err = f.both(wideChart, func(w float64) (charts.Picture, error) { return sc.Draw(w, 380) })
	return f, true, err
}

// overall is a variant's text-to-image score over all datasets, or on the only dataset.
func overall(r facts.Report, variant string) (facts.Score, bool) {
	var own []facts.Score
	for _, s := range r.Scores {
		if s.Variant == variant && s.Direction == "t2i" && s.Metric == r.Metric && s.Delta.Known() {
			if s.Dataset == facts.Pooled {
				return s, true
			}
			own = append(own, s)
		}
	}
	if len(own) == 1 {
		return own[0], true
	}
	return facts.Score{}, false
}

func imageTotal(r facts.Report, variant string) facts.Number {
	for _, t := range r.Speed {
		if t.Modality != "image" {
			continue
		}
		if at := slices.IndexFunc(t.Rows, func(row facts.SpeedRow) bool { return row.Variant == variant }); at >= 0 {
			return t.Rows[at].Total.Median
		}
	}
	return facts.Absent()
}

// ladder is the heat map of drift, variant by checkpoint.
func ladder(r facts.Report) (f figure, ok bool, err error) {
	h := charts.Heat{
		Title: "Drift ladder", Legend: []string{"0", "<1e-7", "1e-7", "1e-6", "1e-5", "1e-4", "1e-3", "1e-2", "≥1e-1"},
	}
	var columns []facts.Rung
	for _, g := range facts.Rungs() {
		if slices.ContainsFunc(facts.Compared(r.Res), func(v facts.Identity) bool {
			return r.DriftOf(v.Variant, g).Known()
		}) {
			columns = append(columns, g)
			h.Columns = append(h.Columns, g.Title)
		}
	}
	for _, v := range facts.Compared(r.Res) {
		var cells []charts.Cell
		for _, g := range columns {
			d := r.DriftOf(v.Variant, g)
			cells = append(cells, charts.Cell{
				Step: decade(float64(d) / g.Scale), Text: prose.Scientific(d),
				Hint: fmt.Sprintf("%s, %s %s: mean |a-b| %s", v.Variant, g.Modality, g.Stage, prose.Scientific(d)),
			})
		}
		h.Rows, h.Cells = append(h.Rows, v.Variant), append(h.Cells, cells)
	}
	if len(h.Rows) == 0 || len(columns) == 0 {
		return figure{}, false, nil
	}
	pic, err := h.Draw()
	return figure{
		Name: "drift-ladder", Title: h.Title, Picture: pic,
		Caption: "The mean |a-b| from the reference at each checkpoint, over all datasets. Checkpoints are in the order in which a picture and a text pass them. " +
			"Each colour is one decade; for the colours, pixels (steps of 8 bits) are divided by 64. - means not measured.",
	}, true, err
}

// decade maps a difference to its step on the heat scale: 0 for none, 8 from 0.1 on, and -1 for no number.
func decade(d float64) int {
	switch {
	case math.IsNaN(d) || math.IsInf(d, 0):
		return -1
	case d == 0:
		return 0
	}
	return min(max(int(math.Floor(math.Log10(d)))+9, 1), charts.Hottest)
}

// latencies are charts of how long items took, repetition by repetition.
func latencies(r facts.Report) ([]figure, error) {
	var out []figure
	for _, t := range facts.Modalities() {
		b := charts.Boxes{Title: fmt.Sprintf("Latency of %ss", t.Modality), XTitle: fmt.Sprintf("ms per %s, all phases", t.Modality), Format: charts.Short}
		for _, v := range facts.Identities(r.Res) {
			if !v.Ok() {
				continue
			}
			values := repetitions(r, t, v.Variant)
			if len(values) == 0 {
				continue
			}
			mid := facts.Number(facts.Median(values))
			b.Rows = append(b.Rows, charts.Box{
				Name: v.Variant, Values: values, Reference: v.IsReference,
				Hint: fmt.Sprintf("%s: median %s ms, %s to %s, %d repetitions", v.Variant, prose.Millis(mid, mid), prose.Millis(facts.Number(slices.Min(values)), mid), prose.Millis(facts.Number(slices.Max(values)), mid), len(values)),
			})
		}
		if len(b.Rows) == 0 {
			continue
		}
		f := figure{
			Name: "latency-" + t.Modality, Title: b.Title,
			Caption: "Boxes show the quartiles and the median of the repetitions. Whiskers reach to the last value within 1.5 box lengths; dots lie beyond. The dashed line is the reference's median.",
		}
		if err := f.both(slimChart, b.Draw); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// repetitions are a variant's milliseconds per item over all phases, by repetition.
func repetitions(r facts.Report, t facts.SpeedTable, variant string) []float64 {
	var rows = r.Res.Timings[:0:0]
	for _, x := range r.Res.Timings {
		if x.Modality == t.Modality && x.Items > 0 {
			rows = append(rows, x)
		}
	}
	total := facts.Collect(rows, variant).Total(t.Phases)
	var out []float64
	for _, rep := range slices.Sorted(maps.Keys(total)) {
		out = append(out, total[rep])
	}
	return out
}
