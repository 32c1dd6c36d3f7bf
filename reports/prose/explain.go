package prose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
	"github.com/fastclip/fastclip/reports/why"
)

// ExplainDocument is the explanation as text.
func ExplainDocument(x why.Evidence, r Told, f *store.Folder) (Document, error) {
	own, ref, err := why.PairOf(r.Res, x.Variant)
	if err != nil {
		return Document{}, err
	}
	old, err := flipSections(f, r.Res, x.Variant, x.Reference)
	if err != nil {
		return Document{}, err
	}
	d := Document{Title: fmt.Sprintf("%s against %s", x.Variant, x.Reference), Facts: SettingFacts(why.Settings(own, ref))}
	for _, line := range AdviceLines(x.Advice) {
		d.Facts = append(d.Facts, Fact{"what to do next", line})
	}
	d.Sections = []Section{LadderSection(r.Res, x.Variant), SwapSection(r.Res, x.Variant), BudgetSection(x), old[0], FlipSection(x), old[1]}
	if x.Layers != nil {
		d.Lead = LayersLine(*x.Layers)
		d.Sections = append(LayerSections(*x.Layers), d.Sections...)
	}
	d.Sections = append(d.Sections, querySection(x), itemSection(x))
	d.Findings = FindingsOf(r, x.Variant)
	d.Sections = slices.DeleteFunc(d.Sections, func(s Section) bool { return len(s.Rows) == 0 })
	return d, nil
}

// FindingsOf has the findings about a variant.
func FindingsOf(r Told, variant string) []Finding {
	var out []Finding
	for _, k := range r.Findings {
		if k.Variant == variant {
			out = append(out, k)
		}
	}
	return out
}

// SettingFacts lists what the suite sets differently, as "reference -> variant".
func SettingFacts(all []why.Setting) []Fact {
	var out []Fact
	for _, s := range all {
		out = append(out, Fact{s.Name, s.Reference + " -> " + s.Variant})
	}
	if len(out) == 0 {
		return []Fact{{"settings", "the same"}}
	}
	return out
}

func BudgetSection(x why.Evidence) Section {
	s := Section{
		Title: "Flip budget", Header: []string{"score", "queries certain", "possible", "measured", "reference", "moved at most", "budget", "of 95 % of queries"},
		Notes: []string{"A similarity of unit vectors moves by at most the sum of what its two embeddings move. Drift that all items share, or a rotation of all embeddings, changes no order. Certain: queries whose outcome the drift cannot have changed. Possible: the scores that the drift allows; the measured score is among them. " +
			"Moved at most: the largest distance of a unit embedding from the reference's. Budget: no outcome can change while every unit embedding drifts by less than this."},
	}
	for _, b := range x.Budgets {
		s.Rows = append(s.Rows, row{Cells: []Cell{
			text(b.Dataset + " " + b.Direction + " " + b.Metric), {Percent(b.Certain) + " %", b.Certain}, {Percent(b.Low) + " to " + Percent(b.High), b.Low}, number(b.Measured, Percent), number(b.Reference, Percent),
			number(b.Moved, Scientific), number(b.Allowed, Scientific), number(b.Allowed95, Scientific),
		}})
	}
	return s
}

// FlipSection counts the changed outcomes by dataset, direction and metric.
func FlipSection(x why.Evidence) Section {
	s := Section{
		Title: "Changed outcomes", Header: []string{"outcome", "changed", "near ties", "real", "lost", "won"},
		Notes: []string{"A change is a near tie if the reference's margin is below the mean drift of the query's own similarities. --format csv and json list every changed outcome."},
	}
	type line struct {
		changed, near, lost, won int
		topOne                   bool // nothing can be lost or won
	}
	var order []string
	lines := map[string]*line{}
	for _, f := range x.Flips {
		name := f.Dataset + " " + f.Direction + " " + f.Metric
		if lines[name] == nil {
			lines[name], order = &line{topOne: f.Metric == why.TopOne}, append(order, name)
		}
		l := lines[name]
		l.changed, l.near = l.changed+1, l.near+why.Count(f.NearTie)
		l.lost, l.won = l.lost+why.Count(f.After == "miss"), l.won+why.Count(f.After == "hit")
	}
	slices.Sort(order)
	for _, name := range order {
		l := lines[name]
		lost, won := count(l.lost), count(l.won)
		if l.topOne {
			lost, won = text(NoNumber), text(NoNumber)
		}
		s.Rows = append(s.Rows, row{Cells: []Cell{text(name), count(l.changed), count(l.near), count(l.changed - l.near), lost, won}})
	}
	return s
}

func querySection(x why.Evidence) Section {
	s := Section{Title: "Worst queries", Header: []string{"query", "reference's first five", "margin", "first five now", "margin now"},
		Notes: []string{"The numbers are similarities; + marks items that answer the query. The margin is that of the best right item over the best other one."}}
	for _, q := range x.Queries {
		s.Rows = append(s.Rows, row{Cells: []Cell{text(q.Dataset + " " + q.Direction + " " + q.Query), text(hitList(q.ReferenceTop)), number(q.ReferenceMargin, Signed), text(hitList(q.VariantTop)), number(q.VariantMargin, Signed)}})
	}
	return s
}

func Signed(n facts.Number) string {
	if !n.Known() {
		return NoNumber
	}
	return fmt.Sprintf("%+.4f", float64(n))
}

func hitList(hits []why.Hit) string {
	var out []string
	for _, h := range hits {
		mark := ""
		if h.Right != nil && *h.Right {
			mark = "+"
		}
		out = append(out, fmt.Sprintf("%s%s %.4f", mark, h.ID, float64(h.Similarity)))
	}
	return strings.Join(out, ", ")
}

func itemSection(x why.Evidence) Section {
	s := Section{Title: "Items that moved most", Header: []string{"item", "cosine to the reference's"}}
	for _, i := range x.Items {
		s.Rows = append(s.Rows, row{Cells: []Cell{text(i.Dataset + " " + i.Modality + " " + i.ID), number(i.Cosine, Cosine)}})
	}
	return s
}
