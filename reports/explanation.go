package reports

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/charts"
	"github.com/fastclip/fastclip/reports/facts"
	"github.com/fastclip/fastclip/reports/prose"
	"github.com/fastclip/fastclip/reports/why"
)

// explanation is a variant's section in the page. It says why the variant differs from the reference.
type explanation struct {
	Name, Line string
	Open       bool
	Settings   []prose.Fact
	Next       []string
	Findings   []string
	Figures    []figure
	Sections   []prose.Section
	Folded     []prose.Section // long ones, folded
	Cases      []caseView
	Moved      []thumbView
	Notes      []string
}

// caseView is a query with the items that each side found.
type caseView struct {
	Query, Line string
	Picture     *thumbView // the query itself, if it is a picture
	Shelves     []shelf
}

type shelf struct {
	Name  string
	Items []thumbView
}

// thumbView is a small picture, a text, or only a name.
type thumbView struct {
	Class, Label, Line string
	Right              bool
}

// shownWorst is how many queries, pictures and texts are shown for each variant.
const shownWorst = 8

// explainAll explains every variant that ran and is not the reference. The explanation of the variant that
// loses most score is open.
func explainAll(r shown, t *thumbs) ([]explanation, error) {
	if r.extras.Dir == "" || !facts.Reference(r.Res).Ok() {
		return nil, nil
	}
	f, err := store.Open(r.extras.Dir)
	if err != nil {
		return nil, err
	}
	var out []explanation
	worst, at := facts.Number(0), -1
	for _, v := range facts.Compared(r.Res) {
		x, err := explainOne(r, f, t, v.Variant)
		if err != nil {
			return nil, err
		}
		if _, real := facts.Comparisons(r.Report, v); len(real) > 0 && real[0].Delta < worst {
			worst, at = real[0].Delta, len(out)
		}
		out = append(out, x)
	}
	if at >= 0 {
		out[at].Open = true
	}
	// The layers of a variant that failed may be known all the same.
	for _, v := range facts.Identities(r.Res) {
		if v.Ok() || v.IsReference {
			continue
		}
		l, err := f.ReadLayers(v.Variant, r.Res.Run.RunID)
		if err != nil {
			return nil, err
		}
		if l != nil {
			out = append(out, explanation{Name: v.Variant, Line: v.Status, Next: []string{prose.LayersLine(*l)}, Sections: prose.LayerSections(*l), Notes: []string{v.Reason}})
		}
	}
	return out, nil
}

func explainOne(r shown, f *store.Folder, t *thumbs, variant string) (explanation, error) {
	own, ref, err := why.PairOf(r.Res, variant)
	if err != nil {
		return explanation{}, err
	}
	x := explanation{Name: variant, Line: explainLine(r.Report, variant), Settings: prose.SettingFacts(why.Settings(own, ref))}
	w, err := why.Explain(r.Report, f, own, ref, shownWorst)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, why.ErrVariant) { // embeddings are large, so users may leave them elsewhere
		x.Notes, err = append(x.Notes, fmt.Sprintf("Queries and pictures are not compared: %v", err)), nil
	}
	if err != nil {
		return x, err
	}
	x.Next = prose.AdviceLines(w.Advice)
	for _, k := range prose.FindingsOf(r.Told, variant) {
		x.Findings = append(x.Findings, k.About)
	}
	for _, draw := range []func(facts.Report, why.Evidence) (figure, bool, error){waterfall, budgetChart} {
		fig, ok, err := draw(r.Report, w)
		if err != nil {
			return x, err
		}
		if ok {
			x.Figures = append(x.Figures, fig)
		}
	}
	for _, s := range []prose.Section{prose.LadderSection(r.Res, variant), prose.SwapSection(r.Res, variant)} {
		if len(s.Rows) > 0 {
			x.Sections = append(x.Sections, s)
		}
	}
	if w.Layers != nil {
		x.Next = append(x.Next, prose.LayersLine(*w.Layers))
		x.Sections = append(x.Sections, prose.LayerSections(*w.Layers)...)
	}
	for _, s := range []prose.Section{prose.BudgetSection(w), prose.FlipSection(w)} {
		if len(s.Rows) > 0 {
			x.Folded = append(x.Folded, s)
		}
	}
	for _, q := range w.Queries {
		x.Cases = append(x.Cases, newCase(t, q))
	}
	for _, i := range w.Items {
		v := t.item(i.Dataset, i.Modality, i.ID)
		v.Line = fmt.Sprintf("%s: cosine %s", i.ID, prose.Cosine(i.Cosine))
		x.Moved = append(x.Moved, v)
	}
	return x, nil
}

// newCase is a query with the first items of the reference and of the variant.
func newCase(t *thumbs, q why.WorstQuery) caseView {
	out := caseView{
		Query: q.Query,
		Line: fmt.Sprintf("%s %s · margin of the best right item over the best other one: reference %s, now %s",
			q.Dataset, q.Direction, prose.Signed(q.ReferenceMargin), prose.Signed(q.VariantMargin)),
	}
	items := "image"
	switch q.Direction {
	case "t2i":
		if text := t.text(q.Dataset, q.Query); text != "" {
			out.Query = text
		}
	case "i2t":
		items = "text"
		fallthrough
	default:
		v := t.item(q.Dataset, "image", q.Query)
		out.Picture = &v
	}
	for _, side := range []struct {
		name string
		hits []why.Hit
	}{{"reference", q.ReferenceTop}, {"variant", q.VariantTop}} {
		s := shelf{Name: side.name}
		for _, h := range side.hits {
			v := t.item(q.Dataset, items, h.ID)
			v.Right = h.Right != nil && *h.Right
			s.Items = append(s.Items, v)
		}
		out.Shelves = append(out.Shelves, s)
	}
	return out
}

// explainLine is the line that a closed explanation shows.
func explainLine(r facts.Report, variant string) string {
	var parts []string
	for _, p := range r.Performance {
		if p.Variant == variant && p.MeanAbs.Known() {
			parts = append(parts, "mean |a-b| "+prose.Scientific(p.MeanAbs), prose.WithPercent(p.Top1Changed)+" other best pictures")
		}
	}
	change := "no score change shown"
	for _, v := range facts.Compared(r.Res) {
		if _, real := facts.Comparisons(r, v); v.Variant == variant && len(real) > 0 {
			change = prose.Change(real[0])
		}
	}
	return strings.Join(append(parts, change), " · ")
}

// waterfall is the chart of the one-stage swaps. ok is false when none was measured.
func waterfall(r facts.Report, x why.Evidence) (f figure, ok bool, err error) {
	w := charts.Waterfall{Title: "Drift by stage", XTitle: "mean |a-b| of image embeddings", Format: charts.Short}
	sum, all := facts.Number(0), facts.Absent()
	for _, s := range r.Swaps {
		switch {
		case s.Variant != x.Variant:
		case s.Stage == "all":
			all = s.Alone
		default:
			sum += s.Alone
			w.Steps = append(w.Steps, charts.Step{
				Name: s.Stage, Size: float64(s.Alone), Label: prose.Scientific(s.Alone),
				Hint: fmt.Sprintf("%s alone: %s; %s", s.Stage, prose.Scientific(s.Alone), prose.CauseOf(r.Res, s.Variant, s.Stage)),
			})
		}
	}
	if len(w.Steps) == 0 || !(sum > 0) || !all.Known() {
		return figure{}, false, nil
	}
	w.Steps = append(w.Steps, charts.Step{Name: "all together", Size: float64(all), Label: prose.Scientific(all), Total: true})
	caption := "Each bar is the drift of the reference with that one stage taken from the variant. Each begins where the one before it ends. The last bar has all stages taken."
	if facts.Interact(sum, all) {
		caption += " The stages interact: their separate effects do not add up to their joint effect."
	}
	f = figure{Title: w.Title, Caption: caption}
	err = f.both(slimChart, w.Draw)
	return f, true, err
}

// budgetChart shows what the drift leaves possible for each R@1, beside the measured value.
func budgetChart(_ facts.Report, x why.Evidence) (f figure, ok bool, err error) {
	c := charts.Ranges{Title: "What the drift leaves possible", XTitle: "R@1, %", Format: charts.Short}
	for _, b := range x.Budgets {
		if b.Metric != facts.DefaultMetric || !b.Low.Known() || !b.High.Known() {
			continue
		}
		c.Rows = append(c.Rows, charts.Range{
			Name: b.Dataset + " " + b.Direction, Low: 100 * float64(b.Low), High: 100 * float64(b.High), Is: 100 * float64(b.Measured), Was: 100 * float64(b.Reference),
			Hint: fmt.Sprintf("%s %s: possible %s to %s %%, measured %s %%, reference %s %%; %s %% of queries certain", b.Dataset, b.Direction, prose.Percent(b.Low), prose.Percent(b.High), prose.Percent(b.Measured), prose.Percent(b.Reference), prose.Percent(b.Certain)),
		})
	}
	if len(c.Rows) == 0 {
		return figure{}, false, nil
	}
	f = figure{Title: c.Title, Caption: "The band shows the scores that the flip budget allows at this drift. The dot is the measured score, which always lies in the band. The line is the reference's score."}
	err = f.both(slimChart, c.Draw)
	return f, true, err
}
