package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// Difference is one difference between the environments of the two runs. Of names the variant or dataset
// that it concerns, and is empty for the run as a whole.
type Difference struct {
	Name string `json:"name"`
	Of   string `json:"of,omitempty"`
	Base string `json:"base"`
	Head string `json:"head"`
}

// fact is one thing to compare.
type fact struct{ name, base, head string }

// environment lists the differences. It leaves out variants and datasets that one run lacks, because match
// reports those.
func (c *comparer) environment() {
	b, h := c.base.Run, c.head.Run
	machine := []fact{
		{"cpu", b.CPUModel, h.CPUModel}, {"cores", fmt.Sprint(b.Cores), fmt.Sprint(h.Cores)}, {"threads", fmt.Sprint(b.Threads), fmt.Sprint(h.Threads)},
	}
	c.differ("", []fact{
		{"tool version", b.ToolVersion, h.ToolVersion}, {"tool commit", b.ToolCommit, h.ToolCommit}, {"suite", b.Suite, h.Suite},
		{"suite sha256", short(b.SuiteSHA256), short(h.SuiteSHA256)}, {"plan sha256", short(b.PlanSHA256), short(h.PlanSHA256)},
		{"host", b.Host, h.Host}, {"os", b.OS, h.OS}, {"arch", b.Arch, h.Arch}, {"memory bytes", fmt.Sprint(b.MemoryBytes), fmt.Sprint(h.MemoryBytes)},
	})
	c.differ("", kept([]later{{"cpu class", b.CPUClass, h.CPUClass}, {"cpu features", b.CPUFeatures, h.CPUFeatures}, {"gpu", b.GPU, h.GPU}, {"gpu driver", b.GPUDriver, h.GPUDriver}}))
	c.out.SamePlan = b.PlanSHA256 != "" && b.PlanSHA256 == h.PlanSHA256
	before := len(c.out.Environment)
	c.differ("", machine)
	c.out.SameMachine = len(c.out.Environment) == before
	heads := byName(c.head.Datasets, datasetName)
	for _, b := range c.base.Datasets {
		if h, ok := heads[b.Dataset]; ok {
			c.differ(b.Dataset, []fact{{"dataset sha256", short(b.SHA256), short(h.SHA256)}, {"skipped items", fmt.Sprint(b.Skipped), fmt.Sprint(h.Skipped)}})
		}
	}
	variants := byName(c.head.Variants, variantName)
	for _, b := range c.base.Variants {
		if h, ok := variants[b.Variant]; ok {
			c.differ(b.Variant, variantFacts(b, h))
		}
	}
}

// variantFacts are the facts about a variant. Stage finds causes by their names.
func variantFacts(b, h store.Variant) []fact {
	facts := []fact{
		{"status", b.Status, h.Status}, {"is reference", fmt.Sprint(b.IsReference), fmt.Sprint(h.IsReference)},
		{"decoder", b.Decoder, h.Decoder}, {"preprocess", b.Preprocess, h.Preprocess}, {"preprocess key", b.PreprocessKey, h.PreprocessKey},
		{"tokenizer", b.Tokenizer, h.Tokenizer}, {"image model sha256", short(b.ImageSHA256), short(h.ImageSHA256)},
		{"text model sha256", short(b.TextSHA256), short(h.TextSHA256)}, {"model", b.Model, h.Model}, {"runtime", b.Runtime, h.Runtime},
		{"runtime version", b.RuntimeVersion, h.RuntimeVersion}, {"provider", b.Provider, h.Provider}, {"precision", b.Precision, h.Precision},
		{"dim", fmt.Sprint(b.Dim), fmt.Sprint(h.Dim)}, {"batch", fmt.Sprint(b.Batch), fmt.Sprint(h.Batch)},
		{"threads", fmt.Sprint(b.Threads), fmt.Sprint(h.Threads)}, {"trim", fmt.Sprint(b.Trim), fmt.Sprint(h.Trim)},
	}
	return append(facts, kept([]later{{"options", b.Options, h.Options}, {"provider version", b.ProviderVersion, h.ProviderVersion}, {"quantization", b.Quantization, h.Quantization}})...)
}

// later is a fact that runs of older programs lack.
type later struct {
	name       string
	base, head *string
}

// kept are the facts that both runs have. A fact that one run did not record is no difference.
func kept(all []later) (out []fact) {
	for _, l := range all {
		if l.base != nil && l.head != nil {
			out = append(out, fact{l.name, *l.base, *l.head})
		}
	}
	return out
}

// Changes describes the differences. It names each change once, with all variants or datasets that it
// concerns.
func Changes(all []Difference) (out []string) {
	type change struct{ name, base, head string }
	of := map[change][]string{}
	var order []change
	for _, d := range all {
		c := change{d.Name, d.Base, d.Head}
		if of[c] == nil {
			order = append(order, c)
		}
		of[c] = append(of[c], d.Of)
	}
	for _, c := range order {
		d := Difference{Name: c.name, Of: strings.Join(of[c], ", "), Base: c.base, Head: c.head}
		if n := len(of[c]); n > mostNamed {
			d.Of = fmt.Sprintf("%s and %d more", strings.Join(of[c][:mostNamed], ", "), n-mostNamed)
		}
		out = append(out, d.String())
	}
	return out
}

// mostNamed is the number of variants that one change names at most.
const mostNamed = 4

// unlike finds the variants whose numbers depend on the kind of processor and were measured on different
// kinds. Such variants multiply in 8 bits, and ran on processors of another class, or of another name
// where one of the two cuts sums off. The processors explain such a difference. A run on machines of
// several kinds makes every variant unlike.
func (c *comparer) unlike() {
	b, h := c.base.Run, c.head.Run
	class := b.CPUClass != nil && h.CPUClass != nil && *b.CPUClass != *h.CPUClass
	was, now := byName(c.base.Variants, variantName), byName(c.head.Variants, variantName)
	for _, v := range c.out.Variants {
		reason := ""
		switch {
		case h.Mixed != nil && *h.Mixed, b.Mixed != nil && *b.Mixed:
			reason = "could not be measured: machines of several kinds did the work (eval --mixed), and the numbers depend on that"
		case !was[v].Integer() && !now[v].Integer():
		case class:
			reason = fmt.Sprintf("could not be measured on this machine: it multiplies in 8 bits, HEAD ran on a processor of class %s, BASE on one of class %s, and the results of integer kernels depend on that", *h.CPUClass, *b.CPUClass)
		case b.CPUModel != h.CPUModel && (b.CPUClass == nil || h.CPUClass == nil):
			reason = fmt.Sprintf("could not be measured: it multiplies in 8 bits, HEAD ran on %s, BASE on %s, and an older program did not record the class of processors for one of them", h.CPUModel, b.CPUModel)
		case b.CPUModel != h.CPUModel && was[v].Saturated() != now[v].Saturated():
			reason = fmt.Sprintf("could not be measured on this machine: its 8-bit sums saturate on %s and not on %s", saturating(b.CPUModel, h.CPUModel, was[v].Saturated()), saturating(b.CPUModel, h.CPUModel, now[v].Saturated()))
		}
		if reason != "" {
			c.out.Unlike = append(c.out.Unlike, Problem{Kind: KindDrift, Variant: v, Reason: reason})
		}
	}
}

// faults lists HEAD's faults of the compared variants.
func (c *comparer) faults() {
	was, now := byName(c.base.Variants, variantName), byName(c.head.Variants, variantName)
	for _, v := range c.out.Variants {
		for _, f := range now[v].Faults {
			c.out.Faults = append(c.out.Faults, Fault{v, f, !slices.Contains(was[v].Faults, f)})
		}
	}
}

func saturating(base, head string, inBase bool) string {
	if inBase {
		return base + " (BASE)"
	}
	return head + " (HEAD)"
}

func (c *comparer) differ(of string, facts []fact) {
	for _, f := range facts {
		if f.base != f.head {
			c.out.Environment = append(c.out.Environment, Difference{f.name, of, f.base, f.head})
		}
	}
}

// short is enough of a hash to tell two hashes apart.
func short(hash string) string { return hash[:min(len(hash), 12)] }
