package facts

import (
	"github.com/fastclip/fastclip/internal/store"
)

// Finding is something that follows from the rows and is worth a sentence. Detail holds its numbers, in
// one of the types below that fits its kind. Package prose makes the sentence.
type Finding struct {
	Kind, Variant, Dataset string
	Detail                 any
}

// The details of findings about variants and datasets.
type (
	RandomWeights  struct{ Variants, Seeds []string }
	Fate           struct{ Identity }      // a variant without numbers
	NoReference    struct{ Status string } // "" where the run names none
	TakesFiles     struct{ Preprocess string }
	Fault          struct{ What string }
	NoFloor        struct{ Why string }
	OwnTokenizer   struct{}
	ImageOnly      struct{}
	Retries        struct{ Requests int64 }
	OtherPrecision struct {
		Says, Provider string
		Share          Number // share of the arithmetic that ran in that precision
	}
	CutTexts      struct{ Cut, Texts int64 }
	DatasetFailed struct{ Stage, Reason string }
	Skipped       struct {
		Pictures int64
		First    *store.Failure
	}
	PartlyUsed   struct{ Why string }
	SuspectTexts struct{ Why string }
)

// findings has all findings: first what failed, then what matters to scores.
func findings(res *store.Results, r Report) []Finding {
	var out []Finding
	for _, find := range []func(*store.Results, Report) []Finding{
		randomWeights, failedVariants, ownPreprocessing, brokenRules, otherTokenizers, imageTowers, precisions, busyServers, cutTexts, otherShapes, skippedPictures, unevenBalances, certainScores,
		saturations, scoreChanges, coarseTests, noiseFloor, budgets, attributions, identicals, brokenDrift, tieSpans, coarseSpeed,
	} {
		out = append(out, find(res, r)...)
	}
	return out
}

// FindingsOf are the report's findings of one kind.
func (r Report) FindingsOf(kind string) []Finding {
	var out []Finding
	for _, f := range r.Findings {
		if f.Kind == kind {
			out = append(out, f)
		}
	}
	return out
}

func failedVariants(res *store.Results, _ Report) []Finding {
	var out []Finding
	for _, v := range Identities(res) {
		if !v.Ok() {
			out = append(out, Finding{"variant_" + v.Status, v.Variant, "", Fate{v}})
		}
	}
	if ref := Reference(res); ref.Variant == "" || !ref.Ok() {
		out = append(out, Finding{"no_reference", ref.Variant, "", NoReference{ref.Status}})
	}
	return out
}

// ownPreprocessing names the encoders that prepare pictures on their own.
func ownPreprocessing(res *store.Results, _ Report) []Finding {
	var out []Finding
	for _, v := range res.Variants {
		if v.Status == store.StatusOK && v.EncoderPreprocess != nil {
			out = append(out, Finding{"takes_files", v.Variant, "", TakesFiles{*v.EncoderPreprocess}})
		}
	}
	return out
}

// KindSkipped is the kind of findings about pictures that all variants skip. KindDatasetFailed is the kind
// of findings about whole datasets.
const (
	KindSkipped       = "skipped"
	KindDatasetFailed = "dataset_failed"
)

func skippedPictures(res *store.Results, _ Report) []Finding {
	var out []Finding
	left := map[string][]store.Failure{}
	for _, f := range res.Failures {
		if f.Item == "" {
			out = append(out, Finding{KindDatasetFailed, "", f.Dataset, DatasetFailed{f.Stage, f.Reason}})
			continue
		}
		left[f.Dataset] = append(left[f.Dataset], f)
	}
	for _, d := range res.Datasets {
		rows := left[d.Dataset]
		s := Skipped{Pictures: max(d.Skipped, int64(len(rows)))}
		if s.Pictures == 0 {
			continue
		}
		if len(rows) > 0 {
			s.First = &rows[0]
		}
		out = append(out, Finding{KindSkipped, "", d.Dataset, s})
	}
	return out
}

// unevenBalances reports rows and files that are no pictures of a set, and texts that look wrong.
func unevenBalances(res *store.Results, _ Report) []Finding {
	var out []Finding
	for _, d := range res.Datasets {
		if d.Balance != "" {
			out = append(out, Finding{"balance", "", d.Dataset, PartlyUsed{d.Balance}})
		}
		if d.Suspect > 0 {
			out = append(out, Finding{"suspect_texts", "", d.Dataset, SuspectTexts{d.SuspectWhy}})
		}
	}
	return out
}

// cutTexts counts captions that did not fit into the tokenizer's length.
func cutTexts(res *store.Results, _ Report) []Finding {
	var out []Finding
	for _, d := range res.Datasets {
		if d.TextsCut != nil && *d.TextsCut > 0 {
			out = append(out, Finding{"cut_texts", "", d.Dataset, CutTexts{*d.TextsCut, d.Texts}})
		}
	}
	return out
}

// randomWeights says which variants have no scores because theirs would mean nothing.
func randomWeights(res *store.Results, _ Report) []Finding {
	var all RandomWeights
	for _, v := range res.Variants {
		if v.RandomSeed == nil {
			continue
		}
		all.Variants = append(all.Variants, v.Variant)
		all.Seeds = appendNew(all.Seeds, *v.RandomSeed)
	}
	if len(all.Variants) == 0 {
		return nil
	}
	return []Finding{{Kind: "random_weights", Detail: all}}
}
