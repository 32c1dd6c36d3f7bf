package reports

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// ErrVariant is the error of a variant that a run does not have, or that cannot be explained.
var ErrVariant = errors.New("cannot explain")

// ExplainFormats are the formats that Explain writes.
func ExplainFormats() []string { return []string{"md", "csv", "json"} }

// Explain writes why a variant of a finished run differs from the reference: md is all of it as
// text, with the worst n queries and items; json all of it as numbers (Why); csv has a row a query
// whose first item or outcome at K changed. The error is ErrFormat for an unknown format,
// ErrVariant for a variant that cannot be explained.
func Explain(w io.Writer, dir, variant, format string, n int) error {
	x, r, d, err := explainRun(dir, variant, n)
	if err != nil {
		return err
	}
	switch format {
	case "md":
		return writeDocument(w, d)
	case "json":
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(newWhyJSON(x, r))
	case "csv":
		return writeFlips(w, x.Flips)
	}
	return fmt.Errorf("%w %q: want one of %s", ErrFormat, format, strings.Join(ExplainFormats(), ", "))
}

// explainRun reads a run and works out all that is known of a variant.
func explainRun(dir, variant string, n int) (x Why, r told, d document, err error) {
	f, err := store.Open(dir)
	if err != nil {
		return x, r, d, err
	}
	if err := f.Verify(); err != nil {
		return x, r, d, err
	}
	res, err := f.Load()
	if err != nil {
		return x, r, d, err
	}
	own, ref, err := pairOf(res, variant)
	if err != nil {
		return x, r, d, err
	}
	r = tell(res)
	if x, err = why(r.report, f, own, ref, n); err != nil {
		return x, r, d, err
	}
	d, err = explainDocument(x, r, f)
	return x, r, d, err
}

// why works it out.
func why(r report, f *store.Folder, own, ref store.Variant, n int) (Why, error) {
	pairs := map[string]*embeddingPair{}
	for _, d := range r.res.Datasets {
		e, err := loadPair(f, d.Dataset, own.Variant, ref.Variant)
		if err != nil {
			return Why{}, err
		}
		pairs[d.Dataset] = e
	}
	mine, was := outcomesOf(r.res.Queries, own.Variant), outcomesOf(r.res.Queries, ref.Variant)
	x := Why{Variant: own.Variant, Reference: ref.Variant, Settings: []Setting{}, Drift: []driftRow{}, Swaps: []swapRow{}}
	x.Settings = append(x.Settings, settings(own, ref)...)
	for _, row := range r.Drift {
		if row.Variant == own.Variant {
			x.Drift = append(x.Drift, row)
		}
	}
	for _, row := range r.Swaps {
		if row.Variant == own.Variant {
			x.Swaps = append(x.Swaps, row)
		}
	}
	x.Budgets, x.Flips = budgetsOf(mine, was, pairs), []Flip{}
	if own.Dim == ref.Dim {
		x.Flips = flipsOf(mine, was, pairs)
	}
	x.Queries, x.Items = worstQueries(x.Flips, mine, was, pairs, n), worstItems(r.res.Datasets, pairs, n)
	x.Advice = advice(r, own, x.Budgets, lostScore(r, own.Variant))
	return x, nil
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

// settings are what the suite sets differently.
func settings(own, ref store.Variant) []Setting {
	var out []Setting
	add := func(name, a, b string) {
		if a != b {
			out = append(out, Setting{name, a, b})
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
			if why := notCompared(res.Drift, variant, at[0], at[1]); why != "" {
				s.Rows = append(s.Rows, row{Cells: []string{at[0] + " " + at[1], why, "-", "-", "-", "-"}})
			}
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
		sum += weightedDrift(res.Drift, variant, "image", store.SwapPrefix+stage, "mean_abs")
	}
	for _, stage := range swaps(res.Drift, variant) {
		d := weightedDrift(res.Drift, variant, "image", store.SwapPrefix+stage, "mean_abs")
		share := "-"
		if sum > 0 {
			share = fmt.Sprintf("%.0f %%", 100*d/sum)
		}
		left := weightedDrift(res.Drift, variant, "image", store.KeepPrefix+stage, "mean_abs")
		s.Rows = append(s.Rows, row{Cells: []string{stage, scientific(d), share, scientific(left), cause(res, variant, stage)}})
	}
	if len(s.Rows) > 0 {
		all := weightedDrift(res.Drift, variant, "image", store.SwapPrefix+"all", "mean_abs")
		s.Rows = append(s.Rows, row{Cells: []string{"all", scientific(all), "-", scientific(0), "the variant itself"}})
		if interact(sum, all) {
			s.Notes = append(s.Notes, "The stages interact: what they do alone does not add up to what they do together, so the shares are no split of it.")
		}
	}
	return s
}
