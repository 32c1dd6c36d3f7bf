package prose

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// driftVerdict names the variants whose drift changed top hits, or could have changed an outcome. It
// counts the other variants: their drift cannot change one, or is no more than the reference's own noise.
func driftVerdict(res *store.Results, r facts.Report) Verdict {
	v := Verdict{Kind: "drift", State: "calm"}
	var changed, could, small []facts.Moved
	for _, m := range facts.Movements(res) {
		switch {
		case m.Changed > 0 && !m.Within:
			changed = append(changed, m)
		case m.Exact || m.Within || m.Open == 0:
			small = append(small, m)
		default:
			could = append(could, m)
		}
	}
	worstFirst := func(a, b facts.Moved) int {
		return cmp.Or(cmp.Compare(b.Share(), a.Share()), cmp.Compare(facts.OrZero(b.Open), facts.OrZero(a.Open)), cmp.Compare(b.By(), a.By()))
	}
	slices.SortStableFunc(changed, worstFirst)
	slices.SortStableFunc(could, worstFirst)
	for _, m := range slices.Concat(changed, could) {
		v.Items = append(v.Items, movedText(m)+entersAt(res, m.Name))
	}
	broken := tell(r.FindingsOf(facts.KindBrokenDrift))
	measured := len(changed) + len(could) + len(small)
	switch {
	case len(broken) > 0:
		v.State, v.Headline = "bad", "some outputs are not numbers"
		for _, f := range broken {
			v.Items = slices.Insert(v.Items, 0, f.Text)
		}
	case measured == 0:
		v.State, v.Headline = "note", "no drift was measured"
	case len(changed)+len(could) > 0:
		v.State, v.Headline = "note", driftHeadline(changed, could, small)
	default:
		v.Headline = stillHeadline(small)
		v.Items = []string{fmt.Sprintf("%s compared", Plural(measured, "variant"))}
		if ties(small) > 0 {
			v.State = "note"
		}
	}
	return v
}

func driftHeadline(changed, could, small []facts.Moved) string {
	var parts []string
	of := " of " + Plural(len(changed)+len(could)+len(small), "variant")
	if n := len(changed); n > 0 {
		parts = append(parts, fmt.Sprintf("%d%s changed top hits (%s most, %s %%)", n, of, changed[0].Name, Percent(changed[0].Share())))
		of = ""
	}
	if n := len(could); n > 0 {
		parts = append(parts, fmt.Sprintf("%d%s could change R@K", n, of))
	}
	if n := len(small); n > 0 {
		did := "changed no top hit"
		if k := ties(small); k > 0 {
			did = fmt.Sprintf("changed %s of near ties", Plural(int(k), "top hit"))
		} else if proven(small) {
			did = "cannot change R@K"
		}
		parts = append(parts, fmt.Sprintf("%d %s: %s", n, did, smallness(small)))
	}
	return strings.Join(parts, ", ")
}

// stillHeadline is the headline of a run without any larger drift.
func stillHeadline(small []facts.Moved) string {
	did := "no top hit changed"
	if k := ties(small); k > 0 {
		did = fmt.Sprintf("%s of near ties changed", Plural(int(k), "top hit"))
	} else if proven(small) {
		did = "no drift can change R@K"
	}
	return did + ": " + smallness(small)
}

// proven tells whether the flip budgets rule out that an outcome has changed.
func proven(small []facts.Moved) bool {
	return !slices.ContainsFunc(small, func(m facts.Moved) bool { return !m.Exact && m.Open != 0 })
}

// smallness says how large the small drifts are.
func smallness(small []facts.Moved) string {
	var by, times facts.Number
	for _, m := range small {
		by, times = max(by, m.By()), max(times, m.Times)
	}
	switch text := "drift at most " + Scientific(by); {
	case by == 0:
		return "embeddings equal the reference's bit for bit"
	case math.IsInf(float64(times), 0): // no floor to compare with
		return text
	case times <= 1:
		return text + ", within the noise floor"
	default:
		return fmt.Sprintf("%s, %.1f times the noise floor", text, float64(times))
	}
}

// ties counts the top hits that changed within the noise.
func ties(small []facts.Moved) (n int64) {
	for _, m := range small {
		n += m.Changed
	}
	return n
}

// movedText says with numbers what a variant's drift did or could do.
func movedText(m facts.Moved) string {
	parts := []string{}
	switch {
	case m.Changed > 0:
		parts = append(parts, fmt.Sprintf("%s %% of %d top hits changed", Percent(m.Share()), m.Queries))
	case m.Open.Known():
		parts = append(parts, fmt.Sprintf("%s %% of outcomes could change", Percent(m.Open)))
	}
	if m.Image.Known() || m.Text.Known() {
		parts = append(parts, "drift "+Scientific(m.By()))
	}
	return m.Name + ": " + strings.Join(parts, ", ")
}
