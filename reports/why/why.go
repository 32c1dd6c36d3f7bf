// Package why gathers the evidence for why a variant differs from the reference: settings, budgets,
// queries and items. It also gathers what to do about it. It makes no sentences; package prose does.
package why

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/internal/pipelinekey"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// ErrVariant is the error for a variant that a run does not have, or that cannot be explained.
var ErrVariant = errors.New("cannot explain")

// Explain gathers the evidence.
func Explain(r facts.Report, f *store.Folder, own, ref store.Variant, n int) (Evidence, error) {
	pairs := map[string]*embeddingPair{}
	for _, d := range r.Res.Datasets {
		e, err := LoadPair(f, d.Dataset, own.Variant, ref.Variant)
		if err != nil {
			return Evidence{}, err
		}
		pairs[d.Dataset] = e
	}
	mine, was := outcomesOf(r.Res.Queries, own.Variant), outcomesOf(r.Res.Queries, ref.Variant)
	x := Evidence{Variant: own.Variant, Reference: ref.Variant, Settings: []Setting{}, Drift: []facts.DriftRow{}, Swaps: []facts.SwapRow{}}
	x.Settings = append(x.Settings, Settings(own, ref)...)
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
	x.Queries, x.Items = worstQueries(x.Flips, mine, was, pairs, n), worstItems(r.Res.Datasets, pairs, n)
	var err error
	if x.Layers, err = f.ReadLayers(own.Variant, r.Res.Run.RunID); err != nil {
		return x, err
	}
	x.Advice = Advise(r, own, x.Budgets, lostScore(r, own.Variant))
	return x, nil
}

// PairOf finds the variant and the reference. Both must have run.
func PairOf(res *store.Results, variant string) (own, ref store.Variant, err error) {
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
		err = fmt.Errorf("%w: %s is the reference, which does not differ from itself", ErrVariant, variant)
	case own.Status != store.StatusOK:
		err = fmt.Errorf("%w: %s did not run: %s: %s", ErrVariant, variant, own.Status, own.Reason)
	case ref.Status != store.StatusOK:
		err = fmt.Errorf("%w: the reference %s did not run: %s: %s", ErrVariant, ref.Variant, ref.Status, ref.Reason)
	}
	return own, ref, err
}

// Settings are the suite's settings in which the two variants differ.
func Settings(own, ref store.Variant) []Setting {
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
	was := pipelinekey.Parse(ref.PreprocessKey)
	for _, stage := range pipelinekey.Parse(own.PreprocessKey) {
		if of, ok := was.Stage(stage.Name); ok {
			add(stage.Name, of.Value, stage.Value)
		}
	}
	return out
}
