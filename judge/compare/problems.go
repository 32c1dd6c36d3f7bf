package compare

import "fmt"

// Kind is the subject of a Problem.
type Kind string

// The kinds of problems.
const (
	KindVariant Kind = "variant"
	KindDataset Kind = "dataset"
	KindScore   Kind = "score"
	KindDrift   Kind = "drift"
	KindTiming  Kind = "timing"
)

// Problem is something that BASE has and that could not be compared.
type Problem struct {
	Kind    Kind   `json:"kind"`
	Variant string `json:"variant,omitempty"` // empty for all variants
	Dataset string `json:"dataset,omitempty"`
	Reason  string `json:"reason"`
}

func (p Problem) String() string {
	switch {
	case p.Variant != "" && p.Dataset != "":
		return p.Variant + " on " + p.Dataset + ": " + p.Reason
	case p.Variant != "" || p.Dataset != "":
		return p.Variant + p.Dataset + ": " + p.Reason
	}
	return p.Reason
}

func (c *comparer) problem(kind Kind, variant, dataset, format string, args ...any) {
	c.out.Problems = append(c.out.Problems, Problem{kind, variant, dataset, fmt.Sprintf(format, args...)})
}

func (c *comparer) note(format string, args ...any) {
	c.out.Notes = append(c.out.Notes, fmt.Sprintf(format, args...))
}

// unhashed notes which runs could not be verified.
func (c *comparer) unhashed() {
	for _, run := range []struct {
		name string
		Run
	}{{"BASE", c.base}, {"HEAD", c.head}} {
		if run.Unhashed {
			c.note("%s, run %s, has no hashes of its files, because an older program wrote it: its tables were not verified, so a changed one would go unnoticed", run.name, run.Run.Run.RunID)
		}
	}
}
