package prose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// Verdict answers, in one line, a question with which a reader opens a report. State is calm (nothing to
// do), note (worth a look), good or bad.
type Verdict struct {
	Kind     string   `json:"kind"` // faults (if there are any), scores, drift, speed, measured
	State    string   `json:"state"`
	Headline string   `json:"headline"`
	Items    []string `json:"items"` // worst first, at most perVerdict
	More     int      `json:"more"`  // number of items left out
}

// perVerdict is how many items a verdict shows. The tables have all of them.
const perVerdict = 4

func buildVerdicts(res *store.Results, r facts.Report) []Verdict {
	out := []Verdict{scoreVerdict(res, r), driftVerdict(res, r), speedVerdict(r), measuredVerdict(res, r)}
	if v, any := faultVerdict(res); any {
		out = slices.Insert(out, 0, v)
	}
	for i := range out {
		if n := len(out[i].Items); n > perVerdict {
			out[i].Items, out[i].More = out[i].Items[:perVerdict], n-perVerdict
		}
		if out[i].Items == nil {
			out[i].Items = []string{}
		}
	}
	return out
}

// summaryLine joins the verdicts in one sentence. It says "nothing moved" only when nothing moved and
// everything was measured.
func summaryLine(all []Verdict) string {
	var parts []string
	for _, v := range all {
		if v.State != "calm" {
			parts = append(parts, v.Headline)
		}
	}
	if len(parts) == 0 {
		return "Nothing moved."
	}
	text := strings.Join(parts, "; ")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

func scoreVerdict(res *store.Results, r facts.Report) Verdict {
	v := Verdict{Kind: "scores", State: "calm"}
	var worst []facts.Score
	tested, lost, won, void, faulty := 0, 0, 0, 0, faultyReference(res)
	for _, x := range facts.Compared(res) {
		all, real := facts.Comparisons(r, x)
		if len(all) > 0 {
			tested++
		}
		if len(real) == 0 {
			continue
		}
		switch worst = append(worst, real[0]); {
		case real[0].Delta < 0:
			lost++
		case x.Faulty || faulty:
			void++
		default:
			won++
		}
	}
	slices.SortStableFunc(worst, func(a, b facts.Score) int { return cmp.Compare(a.Delta, b.Delta) })
	for _, s := range worst {
		v.Items = append(v.Items, ChangeText(s))
	}
	switch {
	case tested == 0:
		v.State, v.Headline = "note", "no score was compared"
	case lost > 0:
		v.State, v.Headline = "bad", fmt.Sprintf("%d of %s lose%s score beyond noise", lost, Plural(tested, "variant"), third(lost))
	case won > 0:
		v.State, v.Headline = "good", fmt.Sprintf("%d of %s gain%s score beyond noise", won, Plural(tested, "variant"), third(won))
	case void > 0:
		v.State, v.Headline = "note", "only variants with a fault gain score, or the reference has one"
	case len(r.FindingsOf(facts.KindCoarseTest)) > 0:
		v.State, v.Headline = "note", "scores moved, but with so many comparisons no test can show it"
		for _, f := range tell(r.FindingsOf(facts.KindCoarseTest)) {
			v.Items = append(v.Items, f.Text)
		}
	default:
		v.Headline = "no score moved beyond noise"
		v.Items = []string{fmt.Sprintf("%s compared with the reference", Plural(tested, "variant"))}
	}
	return v
}

// entersAt is the stage at which most of a variant's drift enters.
func entersAt(res *store.Results, variant string) string {
	for _, a := range facts.AttributionsOf(res, facts.Identity{Variant: variant, Status: store.StatusOK}) {
		return ", enters at " + entryText(a)
	}
	return ""
}

func speedVerdict(r facts.Report) Verdict {
	v := Verdict{Kind: "speed", State: "calm"}
	type change struct {
		text string
		by   facts.Number
	}
	var slower, faster []change
	tested, slow, quick, faulty := map[string]bool{}, map[string]bool{}, map[string]bool{}, faultyReference(r.Res)
	for _, t := range r.Speed {
		for _, row := range t.Rows {
			if row.IsReference || !row.VsReference.Known() {
				continue
			}
			tested[row.Variant] = true
			c := change{fmt.Sprintf("%s: %s %s", row.Variant, t.Modality, speedup(row.VsReference)), row.VsReference}
			switch {
			case row.Slower():
				slower, slow[row.Variant] = append(slower, c), true
			case row.Faster():
				if faster = append(faster, c); !row.Faulty && !faulty {
					quick[row.Variant] = true
				}
			}
		}
	}
	slices.SortStableFunc(slower, func(a, b change) int { return cmp.Compare(b.by, a.by) })
	slices.SortStableFunc(faster, func(a, b change) int { return cmp.Compare(a.by, b.by) })
	for _, c := range append(slices.Clone(slower), faster...) {
		v.Items = append(v.Items, c.text)
	}
	of := Plural(len(tested), "variant")
	switch {
	case len(tested) == 0:
		v.State, v.Headline = "note", "no speed was compared"
	case len(slow) > 0:
		v.State, v.Headline = "note", fmt.Sprintf("%d of %s %s slower than the reference", len(slow), of, be(len(slow)))
	case len(quick) > 0:
		v.State, v.Headline = "good", fmt.Sprintf("%d of %s %s faster than the reference, none slower", len(quick), of, be(len(quick)))
	case len(faster) > 0:
		v.State, v.Headline = "note", "only variants with a fault are faster than the reference, or it has one"
	case len(r.FindingsOf(facts.KindCoarseSpeed)) > 0:
		v.State, v.Headline = "note", "speed was timed too few times to be compared"
		v.Items = []string{tell(r.FindingsOf(facts.KindCoarseSpeed))[0].Text}
	default:
		v.Headline = "no speed differs beyond noise"
		v.Items = []string{fmt.Sprintf("%s compared, images and texts separately", of)}
	}
	return v
}

// speedup puts a ratio of times into words.
func speedup(n facts.Number) string {
	if n >= 1 {
		return fmt.Sprintf("takes %.2f times as long", float64(n))
	}
	return fmt.Sprintf("is %.2f times as fast", 1/float64(n))
}

func measuredVerdict(res *store.Results, r facts.Report) Verdict {
	v := Verdict{Kind: "measured", State: "calm"}
	failed, away := 0, 0
	for _, x := range facts.Identities(res) {
		if x.Ok() {
			continue
		}
		if x.Status == "unavailable" {
			away++
		} else {
			failed++
		}
		v.Items = append(v.Items, fmt.Sprintf("%s: %s", x.Variant, fate(x)))
	}
	for _, f := range r.Findings {
		if f.Kind == facts.KindSkipped || f.Kind == facts.KindDatasetFailed {
			v.Items = append(v.Items, tell([]facts.Finding{f})[0].Text)
		}
	}
	total := Plural(len(res.Variants), "variant")
	switch {
	case failed > 0:
		v.State, v.Headline = "bad", fmt.Sprintf("%d of %s failed", failed, total)
	case away > 0:
		v.State, v.Headline = "note", fmt.Sprintf("%d of %s %s not available here", away, total, be(away))
	case len(v.Items) > 0:
		v.State, v.Headline = "note", "some data were left out"
	case len(res.Variants) == 0:
		v.State, v.Headline = "bad", "nothing was measured"
	default:
		v.Headline = "everything was measured"
		v.Items = []string{fmt.Sprintf("%s on %s", total, Plural(len(res.Datasets), "dataset"))}
	}
	return v
}

func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// third is the ending of the verb: one variant loses, two lose.
func third(n int) string {
	if n == 1 {
		return "s"
	}
	return ""
}

func be(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
