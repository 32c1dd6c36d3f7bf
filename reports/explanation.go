package reports

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/charts"
)

// explanation is a variant's place in the page: why it differs from the reference.
type explanation struct {
	Name, Line string
	Open       bool
	Settings   []fact
	Advice     []string
	Figures    []figure
	Sections   []section
	Cases      []caseView
	Moved      []thumbView
	Notes      []string
}

// caseView is a query with the pictures that it found.
type caseView struct {
	Query, Line string
	Shelves     []shelf
}

type shelf struct {
	Name  string
	Items []thumbView
}

// thumbView is a picture made small, or its name alone.
type thumbView struct {
	Class, Label, Line string
	Right              bool
}

// shownCases and shownTop are how many queries of a variant are shown, and how many pictures of
// each by either.
const (
	shownCases = 6
	shownTop   = 5
	shownMoved = 6
)

// explainAll explains every variant that ran and is not the reference; the one that loses most
// score is open.
func explainAll(r report, t *thumbs) ([]explanation, error) {
	if r.extras.Dir == "" || !reference(r.res).ok() {
		return nil, nil
	}
	f, err := store.Open(r.extras.Dir)
	if err != nil {
		return nil, err
	}
	found := indexTop(r)
	var out []explanation
	worst, at := number(0), -1
	for _, v := range compared(r.res) {
		x, err := explainOne(r, f, t, v.Variant, found)
		if err != nil {
			return nil, err
		}
		if _, real := comparisons(r, v); len(real) > 0 && real[0].Delta < worst {
			worst, at = real[0].Delta, len(out)
		}
		out = append(out, x)
	}
	if at >= 0 {
		out[at].Open = true
	}
	return out, nil
}

func explainOne(r report, f *store.Folder, t *thumbs, variant string, found topIDs) (explanation, error) {
	own, ref, err := pairOf(r.res, variant)
	if err != nil {
		return explanation{}, err
	}
	x := explanation{Name: variant, Line: explainLine(r, variant), Settings: settings(own, ref)}
	for _, k := range r.Findings {
		if k.Variant == variant && (k.Kind == "flip_budget" || k.Kind == "attribution" || k.Kind == "score_change") {
			x.Advice = append(x.Advice, strings.TrimPrefix(k.Text, variant+": "))
		}
	}
	fig, ok, err := waterfall(r, variant)
	if err != nil {
		return x, err
	}
	if ok {
		x.Figures = append(x.Figures, fig)
	}
	sections := []section{ladderSection(r.res, variant), swapSection(r.res, variant)}
	flips, err := flipSections(f, r.res, own.Variant, ref.Variant)
	if err == nil {
		sections = append(sections, flips[0])
		err = x.gallery(r, f, t, found, own.Variant, ref.Variant)
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrVariant) { // embeddings are large, and may be left elsewhere
		x.Notes, err = append(x.Notes, fmt.Sprintf("Queries and pictures are not compared: %v", err)), nil
	}
	for _, s := range sections {
		if len(s.Rows) > 0 {
			x.Sections = append(x.Sections, s)
		}
	}
	return x, err
}

// gallery adds the clearest changes and the pictures that moved most, over all datasets.
func (x *explanation) gallery(r report, f *store.Folder, t *thumbs, found topIDs, own, ref string) error {
	type changed struct {
		dataset string
		flip
	}
	type turned struct {
		dataset string
		movedPicture
	}
	var flips []changed
	var moved []turned
	for _, d := range r.res.Datasets {
		e, err := loadPair(f, d.Dataset, own, ref)
		if err != nil {
			return err
		}
		some, _ := e.flips(r.res, d.Dataset, own, ref)
		for _, c := range some {
			flips = append(flips, changed{d.Dataset, c})
		}
		for _, p := range e.moved() {
			if p.cosine < 1-1e-6 {
				moved = append(moved, turned{d.Dataset, p})
			}
		}
	}
	slices.SortStableFunc(flips, func(a, b changed) int {
		return cmp.Or(cmp.Compare(count(b.hit && !b.hits), count(a.hit && !a.hits)), cmp.Compare(b.gap, a.gap))
	})
	slices.SortStableFunc(moved, func(a, b turned) int { return cmp.Compare(a.cosine, b.cosine) })
	for _, c := range flips[:min(shownCases, len(flips))] {
		x.Cases = append(x.Cases, newCase(r, t, found, c.dataset, c.flip, own, ref))
	}
	for _, p := range moved[:min(shownMoved, len(moved))] {
		v := t.view(p.dataset, p.id)
		v.Line = fmt.Sprintf("%s: cosine %s", p.id, cosine(number(p.cosine)))
		x.Moved = append(x.Moved, v)
	}
	if n := len(flips) - len(x.Cases); n > 0 {
		x.Notes = append(x.Notes, fmt.Sprintf("%d more text queries have another best picture. Green: the picture answers the query.", n))
	}
	return nil
}

// newCase is a query and what either variant finds first.
func newCase(r report, t *thumbs, found topIDs, dataset string, c flip, own, ref string) caseView {
	text := c.query
	if t.from != nil {
		if known := t.from.Text(dataset, c.query); known != "" {
			text = known
		}
	}
	kind := "real"
	if c.gap < c.drift {
		kind = "near tie"
	}
	switch {
	case c.hit && !c.hits:
		kind += ", hit lost"
	case !c.hit && c.hits:
		kind += ", hit won"
	}
	out := caseView{Query: text, Line: fmt.Sprintf("%s · %s: the reference prefers its own by %s; similarities drift by %s on average", dataset, kind, scientific(number(c.gap)), scientific(number(c.drift)))}
	for _, side := range []struct{ name, variant string }{{"reference", ref}, {"variant", own}} {
		s := shelf{Name: side.name}
		for _, id := range found.of(side.variant, dataset, c.query) {
			v := t.view(dataset, id)
			v.Right = t.from != nil && t.from.Relevant(dataset, c.query, id)
			s.Items = append(s.Items, v)
		}
		out.Shelves = append(out.Shelves, s)
	}
	return out
}

// topIDs are the first pictures of each text query, by variant, dataset and query.
type topIDs map[[3]string][]string

func indexTop(r report) topIDs {
	out := topIDs{}
	for _, q := range r.res.Queries {
		if q.Direction == "t2i" && q.Metric == r.Metric {
			out[[3]string{q.Variant, q.Dataset, q.QueryID}] = q.TopIDs
		}
	}
	return out
}

func (x topIDs) of(variant, dataset, query string) []string {
	ids := x[[3]string{variant, dataset, query}]
	return ids[:min(shownTop, len(ids))]
}

// explainLine is what a closed explanation shows.
func explainLine(r report, variant string) string {
	var parts []string
	for _, p := range r.Performance {
		if p.Variant == variant && p.MeanAbs.known() {
			parts = append(parts, "mean |a-b| "+scientific(p.MeanAbs), withPercent(p.Top1Changed)+" other best pictures")
		}
	}
	change := "no score change shown"
	for _, v := range compared(r.res) {
		if _, real := comparisons(r, v); v.Variant == variant && len(real) > 0 {
			_, change, _ = strings.Cut(changeText(real[0]), ": ")
		}
	}
	return strings.Join(append(parts, change), " · ")
}

// waterfall is the chart of the one-stage swaps, or ok is false where none was measured.
func waterfall(r report, variant string) (f figure, ok bool, err error) {
	w := charts.Waterfall{Title: "Drift by stage", XTitle: "mean |a-b| of image embeddings", Format: charts.Short}
	sum := number(0)
	for _, stage := range swaps(r.res.Drift, variant) {
		d := weightedDrift(r.res.Drift, variant, "image", swapPrefix+stage, "mean_abs")
		sum += d
		w.Steps = append(w.Steps, charts.Step{Name: stage, Size: float64(d), Label: scientific(d), Hint: fmt.Sprintf("%s alone: %s; %s", stage, scientific(d), cause(r.res, variant, stage))})
	}
	all := weightedDrift(r.res.Drift, variant, "image", swapPrefix+"all", "mean_abs")
	if len(w.Steps) == 0 || !(sum > 0) || !all.known() {
		return figure{}, false, nil
	}
	w.Steps = append(w.Steps, charts.Step{Name: "all together", Size: float64(all), Label: scientific(all), Total: true})
	caption := "Each bar: the reference with that stage alone taken from the variant; they begin where the one before ended. Last: all stages taken."
	if interact(sum, all) {
		caption += " The stages interact: alone they do not add up to all together, so the bars are no split of it."
	}
	f = figure{Name: "stages-" + snake(variant), Title: w.Title, Caption: caption}
	err = f.both(slimChart, w.Draw)
	return f, true, err
}
