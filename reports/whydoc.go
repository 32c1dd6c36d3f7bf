package reports

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/fastclip/fastclip/internal/sheet"
	"github.com/fastclip/fastclip/internal/store"
)

// explainDocument is the explanation as text.
func explainDocument(x Why, r told, f *store.Folder) (document, error) {
	own, ref, err := pairOf(r.res, x.Variant)
	if err != nil {
		return document{}, err
	}
	old, err := flipSections(f, r.res, x.Variant, x.Reference)
	if err != nil {
		return document{}, err
	}
	d := document{Title: fmt.Sprintf("%s against %s", x.Variant, x.Reference), Facts: settingFacts(settings(own, ref))}
	for _, line := range adviceLines(x.Advice) {
		d.Facts = append(d.Facts, fact{"what to do next", line})
	}
	d.Sections = []section{ladderSection(r.res, x.Variant), swapSection(r.res, x.Variant), budgetSection(x), old[0], flipSection(x), old[1]}
	d.Sections = append(d.Sections, querySection(x), itemSection(x))
	d.Findings = findingsOf(r, x.Variant)
	d.Sections = slices.DeleteFunc(d.Sections, func(s section) bool { return len(s.Rows) == 0 })
	return d, nil
}

// findingsOf are a variant's.
func findingsOf(r told, variant string) []finding {
	var out []finding
	for _, k := range r.Findings {
		if k.Variant == variant {
			out = append(out, k)
		}
	}
	return out
}

// settingFacts are what the suite sets differently, as "reference -> variant".
func settingFacts(all []Setting) []fact {
	var out []fact
	for _, s := range all {
		out = append(out, fact{s.Name, s.Reference + " -> " + s.Variant})
	}
	if len(out) == 0 {
		return []fact{{"settings", "the same"}}
	}
	return out
}

func budgetSection(x Why) section {
	s := section{
		Title: "Flip budget", Header: []string{"score", "queries certain", "possible", "measured", "reference", "moved at most", "budget", "of 95 % of queries"},
		Notes: []string{"A similarity of unit vectors moves by no more than its two embeddings do together, and drift that all items share, or a rotation of all embeddings, changes no order. Certain: the drift cannot have changed the outcome. Possible: what it leaves of the score, which holds the measured one. " +
			"Moved at most: the farthest that a unit embedding is from the reference's. Budget: the drift of all unit embeddings below which no outcome can change."},
	}
	for _, b := range x.Budgets {
		s.Rows = append(s.Rows, row{Cells: []string{
			b.Dataset + " " + b.Direction + " " + b.Metric, percent(b.Certain) + " %", percent(b.Low) + " to " + percent(b.High), percent(b.Measured), percent(b.Reference),
			scientific(b.Moved), scientific(b.Allowed), scientific(b.Allowed95),
		}})
	}
	return s
}

// flipSection counts the changed outcomes by dataset, direction and metric.
func flipSection(x Why) section {
	s := section{
		Title: "Changed outcomes", Header: []string{"outcome", "changed", "near ties", "real", "lost", "won"},
		Notes: []string{"A near tie: the reference's margin is below the mean drift of the query's own similarities. Every one of them is in --format csv and json."},
	}
	type line struct{ changed, near, lost, won int }
	var order []string
	lines := map[string]*line{}
	for _, f := range x.Flips {
		name := f.Dataset + " " + f.Direction + " " + f.Metric
		if lines[name] == nil {
			lines[name], order = &line{}, append(order, name)
		}
		l := lines[name]
		l.changed, l.near = l.changed+1, l.near+count(f.NearTie)
		l.lost, l.won = l.lost+count(f.After == "miss"), l.won+count(f.After == "hit")
	}
	slices.Sort(order)
	for _, name := range order {
		l := lines[name]
		lost, won := fmt.Sprint(l.lost), fmt.Sprint(l.won)
		if strings.HasSuffix(name, topOne) {
			lost, won = noNumber, noNumber
		}
		s.Rows = append(s.Rows, row{Cells: []string{name, fmt.Sprint(l.changed), fmt.Sprint(l.near), fmt.Sprint(l.changed - l.near), lost, won}})
	}
	return s
}

func querySection(x Why) section {
	s := section{Title: "Worst queries", Header: []string{"query", "reference's first five", "margin", "first five now", "margin now"},
		Notes: []string{"With their similarities; +: it answers the query. Margin: of the best right item over the best other one."}}
	for _, q := range x.Queries {
		s.Rows = append(s.Rows, row{Cells: []string{q.Dataset + " " + q.Direction + " " + q.Query, hitList(q.ReferenceTop), signed(q.ReferenceMargin), hitList(q.VariantTop), signed(q.VariantMargin)}})
	}
	return s
}

func signed(n number) string {
	if !n.known() {
		return noNumber
	}
	return fmt.Sprintf("%+.4f", float64(n))
}

func hitList(hits []Hit) string {
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

func itemSection(x Why) section {
	s := section{Title: "Items that moved most", Header: []string{"item", "cosine to the reference's"}}
	for _, i := range x.Items {
		s.Rows = append(s.Rows, row{Cells: []string{i.Dataset + " " + i.Modality + " " + i.ID, cosine(i.Cosine)}})
	}
	return s
}

// writeFlips has a row a changed query.
func writeFlips(w io.Writer, flips []Flip) error {
	c := csv.NewWriter(w)
	rows := [][]string{{"dataset", "direction", "metric", "query", "before", "after", "margin", "drift", "near_tie"}}
	digits := func(n number) string { return strconv.FormatFloat(float64(n), 'g', -1, 64) }
	for _, f := range flips {
		rows = append(rows, append(sheet.Texts(f.Dataset, f.Direction, f.Metric, f.Query, f.Before, f.After), digits(f.Margin), digits(f.Drift), strconv.FormatBool(f.NearTie)))
	}
	return c.WriteAll(rows)
}
