package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// What is taken for noise, as the gate may be told to (eval/gate/policy.yaml): so many times the
// floor, as long as that is within the gate's limit, for the floor of a reference that hardly
// repeats itself would hide everything.
const (
	floorTimes = 20
	noiseLimit = 1e-4 // mean |a-b|
)

// moved is what a variant's drift did to the outcomes of the queries, and what it could have done.
type moved struct {
	name          string
	image, text   number // mean |a-b| of the raw embeddings, absent of other lengths
	changed       int64  // queries of all datasets and directions with another top hit
	queries       int64  // of which that was looked at
	open          number // the largest share of queries of which an outcome is not certain; absent without a flip budget
	times         number // of the noise floor; infinite when there is none
	within, exact bool   // the noise; no drift at all
}

func (m moved) by() number { return max(orZero(m.image), orZero(m.text)) }

func (m moved) share() number {
	if m.queries == 0 {
		return 0
	}
	return number(m.changed) / number(m.queries)
}

// driftVerdict tells which variants' drift changed top hits or could have changed an outcome, and
// counts those whose drift cannot, or is the noise that the reference has itself.
func driftVerdict(res *store.Results, r report) verdict {
	v := verdict{Kind: "drift", State: "calm"}
	var changed, could, small []moved
	for _, m := range movements(res) {
		switch {
		case m.changed > 0 && !m.within:
			changed = append(changed, m)
		case m.exact || m.within || m.open == 0:
			small = append(small, m)
		default:
			could = append(could, m)
		}
	}
	worstFirst := func(a, b moved) int {
		return cmp.Or(cmp.Compare(b.share(), a.share()), cmp.Compare(orZero(b.open), orZero(a.open)), cmp.Compare(b.by(), a.by()))
	}
	slices.SortStableFunc(changed, worstFirst)
	slices.SortStableFunc(could, worstFirst)
	for _, m := range slices.Concat(changed, could) {
		v.Items = append(v.Items, m.String()+entersAt(r, m.name))
	}
	measured := len(changed) + len(could) + len(small)
	switch {
	case len(brokenDrift(res, r)) > 0:
		v.State, v.Headline = "bad", "some outputs are no numbers"
		for _, f := range brokenDrift(res, r) {
			v.Items = slices.Insert(v.Items, 0, f.Text)
		}
	case measured == 0:
		v.State, v.Headline = "note", "no drift was measured"
	case len(changed)+len(could) > 0:
		v.State, v.Headline = "note", driftHeadline(changed, could, small)
	default:
		v.Headline = stillHeadline(small)
		v.Items = []string{fmt.Sprintf("%s compared", plural(measured, "variant"))}
		if ties(small) > 0 {
			v.State = "note"
		}
	}
	return v
}

func driftHeadline(changed, could, small []moved) string {
	var parts []string
	of := " of " + plural(len(changed)+len(could)+len(small), "variant")
	if n := len(changed); n > 0 {
		parts = append(parts, fmt.Sprintf("%d%s changed top hits (%s most, %s %%)", n, of, changed[0].name, percent(changed[0].share())))
		of = ""
	}
	if n := len(could); n > 0 {
		parts = append(parts, fmt.Sprintf("%d%s could change R@K", n, of))
	}
	if n := len(small); n > 0 {
		did := "changed no top hit"
		if k := ties(small); k > 0 {
			did = fmt.Sprintf("changed %s of near ties", plural(int(k), "top hit"))
		} else if proven(small) {
			did = "cannot change R@K"
		}
		parts = append(parts, fmt.Sprintf("%d %s: %s", n, did, smallness(small)))
	}
	return strings.Join(parts, ", ")
}

// stillHeadline is of a run without any other drift.
func stillHeadline(small []moved) string {
	did := "no top hit changed"
	if k := ties(small); k > 0 {
		did = fmt.Sprintf("%s of near ties changed", plural(int(k), "top hit"))
	} else if proven(small) {
		did = "no drift can change R@K"
	}
	return did + ": " + smallness(small)
}

// proven tells whether the flip budgets rule out that an outcome has changed.
func proven(small []moved) bool {
	return !slices.ContainsFunc(small, func(m moved) bool { return !m.exact && m.open != 0 })
}

// smallness is how far the small drifts go.
func smallness(small []moved) string {
	var by, times number
	for _, m := range small {
		by, times = max(by, m.by()), max(times, m.times)
	}
	switch text := "drift at most " + scientific(by); {
	case by == 0:
		return "embeddings are bit for bit the reference's"
	case math.IsInf(float64(times), 0): // no floor to count in
		return text
	case times <= 1:
		return text + ", within the noise floor"
	default:
		return fmt.Sprintf("%s, %.1f times the noise floor", text, float64(times))
	}
}

// ties are the top hits that changed within the noise.
func ties(small []moved) (n int64) {
	for _, m := range small {
		n += m.changed
	}
	return n
}

// String is what a variant's drift did or could do, with the figures.
func (m moved) String() string {
	parts := []string{}
	switch {
	case m.changed > 0:
		parts = append(parts, fmt.Sprintf("%s %% of %d top hits changed", percent(m.share()), m.queries))
	case m.open.known():
		parts = append(parts, fmt.Sprintf("%s %% of outcomes could change", percent(m.open)))
	}
	if m.image.known() || m.text.known() {
		parts = append(parts, "drift "+scientific(m.by()))
	}
	return m.name + ": " + strings.Join(parts, ", ")
}

// movements are the compared variants of which a drift was measured.
func movements(res *store.Results) []moved {
	var out []moved
	imageFloor, textFloor := floorOf(res, "image"), floorOf(res, "text")
	for _, x := range compared(res) {
		m := moved{name: x.Variant, open: absent(),
			image: weightedDrift(res.Drift, x.Variant, "image", "embedding", "mean_abs"),
			text:  weightedDrift(res.Drift, x.Variant, "text", "embedding", "mean_abs"),
		}
		m.outcomes(res)
		if !m.image.known() && !m.text.known() && m.queries == 0 {
			continue
		}
		m.exact = m.by() == 0 && (m.image.known() || m.text.known())
		m.times = max(timesOf(m.image, imageFloor), timesOf(m.text, textFloor))
		m.within = isNoise(m.image, imageFloor) && isNoise(m.text, textFloor) && (m.image.known() || m.text.known())
		out = append(out, m)
	}
	return out
}

// outcomes adds up the rows of what became of the queries.
func (m *moved) outcomes(res *store.Results) {
	open := map[string]struct{ sum, n float64 }{}
	for _, d := range res.Drift {
		if d.Variant != m.name || d.Modality != "similarity" || !strings.HasPrefix(d.Stage, "rank") {
			continue
		}
		switch {
		case d.Stat == "top1_changed":
			m.changed += int64(math.Round(d.Value * float64(d.N)))
			m.queries += d.N
		case strings.HasPrefix(d.Stat, "certain"):
			x := open[d.Stage+d.Stat]
			x.sum, x.n = x.sum+(1-d.Value)*float64(d.N), x.n+float64(d.N)
			open[d.Stage+d.Stat] = x
		}
	}
	for _, x := range open {
		if share := number(x.sum / x.n); share.known() && !(m.open >= share) {
			m.open = share
		}
	}
}

func isNoise(drift, floor number) bool {
	return !(drift > max(floor, min(floorTimes*floor, noiseLimit)))
}

func timesOf(drift, floor number) number {
	switch {
	case !drift.known() || drift == 0:
		return 0
	case floor > 0:
		return drift / floor
	}
	return number(math.Inf(1))
}

// floorOf is the largest distance of the reference from itself, run in other ways; 0 when it
// repeats itself or that was not measured.
func floorOf(res *store.Results, modality string) number {
	floor, ref := number(0), reference(res).Variant
	for _, d := range res.Drift {
		if strings.HasPrefix(d.Stage, floorPrefix) && d.Variant == ref && d.Modality == modality && d.Stat == "mean_abs" {
			floor = max(floor, weightedDrift(res.Drift, ref, modality, d.Stage, "mean_abs"))
		}
	}
	return floor
}

func orZero(n number) number {
	if n.known() {
		return n
	}
	return 0
}
