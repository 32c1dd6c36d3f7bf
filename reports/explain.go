package reports

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// ErrVariant is the error of a variant that a run does not have, or that cannot be explained.
var ErrVariant = errors.New("cannot explain")

// Explain writes, as Markdown, why a variant of a finished run differs from the reference: what
// is set differently, the drift at each checkpoint, the one-stage swaps, the queries whose best
// picture changed, and the pictures that moved most.
func Explain(w io.Writer, dir, variant string) error {
	f, err := store.Open(dir)
	if err != nil {
		return err
	}
	res, err := store.LoadRun(dir)
	if err != nil {
		return err
	}
	own, ref, err := pairOf(res, variant)
	if err != nil {
		return err
	}
	flips, err := flipSections(f, res, own.Variant, ref.Variant)
	if err != nil {
		return err
	}
	r := build(res)
	d := document{
		Title:    fmt.Sprintf("%s against %s", own.Variant, ref.Variant),
		Facts:    settings(own, ref),
		Sections: append([]section{ladderSection(res, own.Variant), swapSection(res, own.Variant)}, flips...),
	}
	for _, x := range r.Findings {
		if x.Variant == own.Variant {
			d.Findings = append(d.Findings, x)
		}
	}
	d.Sections = slices.DeleteFunc(d.Sections, func(s section) bool { return len(s.Rows) == 0 })
	return writeDocument(w, d)
}

// pairOf finds the variant and the reference; both must have run.
func pairOf(res *store.Results, variant string) (own, ref store.Variant, err error) {
	var names []string
	for _, v := range res.Variants {
		names = append(names, v.Variant)
		if v.Variant == variant {
			own = v
		}
		if v.IsReference {
			ref = v
		}
	}
	switch {
	case own.Variant == "":
		err = fmt.Errorf("%w: the run has no variant %q: it has %s", ErrVariant, variant, strings.Join(names, ", "))
	case own.IsReference:
		err = fmt.Errorf("%w: %s is the reference, which differs from itself in nothing", ErrVariant, variant)
	case own.Status != store.StatusOK:
		err = fmt.Errorf("%w: %s did not run: %s: %s", ErrVariant, variant, own.Status, own.Reason)
	case ref.Status != store.StatusOK:
		err = fmt.Errorf("%w: the reference %s did not run: %s: %s", ErrVariant, ref.Variant, ref.Status, ref.Reason)
	}
	return own, ref, err
}

// settings are what the suite sets differently, as "reference -> variant".
func settings(own, ref store.Variant) []fact {
	var out []fact
	add := func(name, a, b string) {
		if a != b {
			out = append(out, fact{name, a + " -> " + b})
		}
	}
	add("model", ref.Model, own.Model)
	add("image tower", ref.ImageFile, own.ImageFile)
	add("text tower", ref.TextFile, own.TextFile)
	add("runtime", ref.Runtime+" "+ref.RuntimeVersion, own.Runtime+" "+own.RuntimeVersion)
	add("provider", ref.Provider, own.Provider)
	add("precision", ref.Precision, own.Precision)
	add("tokenizer", ref.Tokenizer, own.Tokenizer)
	add("batch", fmt.Sprint(ref.Batch), fmt.Sprint(own.Batch))
	add("threads", fmt.Sprint(ref.Threads), fmt.Sprint(own.Threads))
	add("trim", fmt.Sprint(ref.Trim), fmt.Sprint(own.Trim))
	a, b := strings.Fields(ref.PreprocessKey), strings.Fields(own.PreprocessKey)
	for _, part := range b {
		name, value, ok := strings.Cut(part, "=")
		at := slices.IndexFunc(a, func(s string) bool { return strings.HasPrefix(s, name+"=") })
		if ok && at >= 0 {
			add(name, strings.TrimPrefix(a[at], name+"="), value)
		}
	}
	if len(out) == 0 {
		out = []fact{{"settings", "the same"}}
	}
	return out
}

// ladderSection is the drift at each checkpoint, over all datasets.
func ladderSection(res *store.Results, variant string) section {
	s := section{
		Title: "Drift by checkpoint", Header: []string{"checkpoint", "mean abs diff", "largest", "p99", "cosine min", "cosine mean"},
		Notes: []string{"In the order in which a picture and a text pass them; means over all datasets, the largest and least of them."},
	}
	for _, at := range [][2]string{
		{"image", "decode"}, {"image", "resize"}, {"image", "normalise"}, {"image", "embedding"}, {"image", "unit"},
		{"text", "embedding"}, {"text", "unit"}, {"similarity", "similarity"},
	} {
		mean := weightedDrift(res.Drift, variant, at[0], at[1], "mean_abs")
		if !mean.known() {
			continue
		}
		s.Rows = append(s.Rows, row{Cells: []string{
			at[0] + " " + at[1], scientific(mean), scientific(mostDrift(res.Drift, variant, at[0], at[1], "max_abs")),
			scientific(mostDrift(res.Drift, variant, at[0], at[1], "p99_abs")), cosine(leastDrift(res.Drift, variant, at[0], at[1], "cosine_min")),
			cosine(weightedDrift(res.Drift, variant, at[0], at[1], "cosine_mean")),
		}})
	}
	if certain := weightedDrift(res.Drift, variant, "similarity", "rank", "certain"); certain.known() {
		s.Notes = append(s.Notes, fmt.Sprintf("This much drift cannot have changed the hit or miss of %s %% of the text queries; %s %% have another best picture.",
			percent(certain), percent(weightedDrift(res.Drift, variant, "similarity", "rank", "top1_changed"))))
	}
	return s
}

func mostDrift(rows []store.Drift, variant, modality, stage, stat string) number {
	most := absent()
	for _, d := range driftRows(rows, variant, modality, stage, stat) {
		if !most.known() || number(d.Value) > most {
			most = number(d.Value)
		}
	}
	return most
}

// swapSection is the reference with one stage at a time taken from the variant.
func swapSection(res *store.Results, variant string) section {
	s := section{
		Title: "One stage at a time", Header: []string{"stage", "mean abs diff alone", "share", "left without it", "what it is"},
		Notes: []string{"Alone: the reference with that stage taken from the variant. Left without it: the variant with that stage taken from the reference. At the image embedding, over all pictures."},
	}
	sum := number(0)
	for _, stage := range swaps(res.Drift, variant) {
		sum += weightedDrift(res.Drift, variant, "image", swapPrefix+stage, "mean_abs")
	}
	for _, stage := range swaps(res.Drift, variant) {
		d := weightedDrift(res.Drift, variant, "image", swapPrefix+stage, "mean_abs")
		share := "-"
		if sum > 0 {
			share = fmt.Sprintf("%.0f %%", 100*d/sum)
		}
		left := weightedDrift(res.Drift, variant, "image", keepPrefix+stage, "mean_abs")
		s.Rows = append(s.Rows, row{Cells: []string{stage, scientific(d), share, scientific(left), cause(res, variant, stage)}})
	}
	if len(s.Rows) > 0 {
		all := weightedDrift(res.Drift, variant, "image", swapPrefix+"all", "mean_abs")
		s.Rows = append(s.Rows, row{Cells: []string{"all", scientific(all), "-", scientific(0), "the variant itself"}})
		if interact(sum, all) {
			s.Notes = append(s.Notes, "The stages interact: what they do alone does not add up to what they do together, so the shares are no split of it.")
		}
	}
	return s
}
