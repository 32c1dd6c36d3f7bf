// Package compare sets two finished runs side by side: a pure function of their results. What
// cannot be compared is a Problem with its reason, never silently absent.
package compare

import (
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/paired"
	"github.com/fastclip/fastclip/metrics/stats"
)

// Run is a run's tables, and where its embeddings are read from.
type Run struct {
	*store.Results
	// Embeddings are a variant's of a dataset's images or texts, as store.Folder reads them;
	// an error that is fs.ErrNotExist says that there are none.
	Embeddings func(variant, dataset, modality string) ([]store.Embedding, error)
	// Unhashed: an older program wrote the run without hashes of its files, so nobody can tell whether they were changed.
	Unhashed bool
}

// Load is the finished run in dir. All its files are as the run wrote them, or an error.
func Load(dir string) (Run, error) {
	f, err := store.Open(dir)
	if err != nil {
		return Run{}, err
	}
	if err := f.Verify(); err != nil {
		return Run{}, err
	}
	// Only what is compared: a run from before a table was added can be a baseline.
	res, err := f.Load(store.TableRun, store.TableDatasets, store.TableVariants, store.TableScores, store.TableQueries,
		store.TableDrift, store.TableTimings, store.TableItems)
	if err != nil {
		return Run{}, err
	}
	return Run{Results: res, Embeddings: f.ReadEmbeddings, Unhashed: !f.Hashed()}, nil
}

// Options of Runs; zero values are the defaults.
type Options struct {
	OtherHardware bool   // compare timings of unlike machines, too
	Resamples     int    // of the intervals' bootstrap; 10,000
	Seed          uint64 // of it
}

// Comparison is HEAD against BASE. All numbers in it are finite.
type Comparison struct {
	Base           Identity        `json:"base"`
	Head           Identity        `json:"head"`
	Environment    []Difference    `json:"environment"` // what differs between the two
	SameMachine    bool            `json:"same_machine"`
	SamePlan       bool            `json:"same_plan"`                 // one program, suite, data, models and machine: what differs is no change of theirs
	Unlike         []Problem       `json:"unlike"`                    // variants whose numbers hang on the kind of processor, which is another
	Faults         []Fault         `json:"faults,omitempty"`          // HEAD's
	Reference      string          `json:"reference"`                 // HEAD's
	OtherReference string          `json:"other_reference,omitempty"` // says so when it is another variant than BASE's
	Variants       []string        `json:"variants"`                  // that were ok in both, in BASE's order
	Datasets       []string        `json:"datasets"`                  // with the same content in both
	Scores         []Score         `json:"scores"`
	Pooled         []paired.Pooled `json:"pooled"`  // a test for each variant over all its searches, as Write asks for it
	Drift          []Drift         `json:"drift"`   // of HEAD's embeddings from BASE's
	Ladder         []Step          `json:"ladder"`  // each run's own drift from its reference
	Budgets        []Budget        `json:"budgets"` // what that drift could have done to R@K
	Timings        []Timing        `json:"timings"`
	NotTimed       bool            `json:"not_timed"` // by the suites of both runs: no timing is missing
	Problems       []Problem       `json:"problems"`  // what could not be compared
	Notes          []string        `json:"notes"`     // what is no fault, but should be known

	tests *paired.Tests // of the scores
}

// Fault is what must hold of any encoder, or of a model's files, and does not hold of a variant in HEAD.
type Fault struct {
	Variant string `json:"variant"`
	Text    string `json:"text"`
	New     bool   `json:"new"` // BASE did not have it
}

// Identity says which run it was.
type Identity struct {
	RunID     string `json:"run_id"`
	Suite     string `json:"suite"`
	StartedAt string `json:"started_at"` // RFC 3339
	Tool      string `json:"tool"`
}

// Kind is what a Problem is about.
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
	Variant string `json:"variant,omitempty"` // empty: of all variants
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

// comparer is a comparison in the making.
type comparer struct {
	base, head Run
	opt        Options
	out        *Comparison
	resamplers map[string]resampler
	moved      map[moveKey]*moves
	rotations  map[[2]string]map[string]*moves // what is moved after a rotation, by variant and dataset
}

// Runs compares two runs.
func Runs(base, head Run, opt Options) *Comparison {
	if opt.Resamples == 0 {
		opt.Resamples = 10000
	}
	c := &comparer{base: base, head: head, opt: opt, resamplers: map[string]resampler{}, moved: map[moveKey]*moves{}, rotations: map[[2]string]map[string]*moves{}, out: &Comparison{
		Base: identity(base.Run), Head: identity(head.Run), Reference: reference(head), Environment: []Difference{}, Unlike: []Problem{}, Variants: []string{}, Datasets: []string{},
		Scores: []Score{}, Drift: []Drift{}, Ladder: []Step{}, Budgets: []Budget{}, Timings: []Timing{}, Problems: []Problem{}, Notes: []string{},
	}}
	c.unhashed()
	c.environment()
	c.match()
	c.unlike()
	c.faults()
	c.scores()
	c.drift()
	c.budgets()
	c.ladder()
	c.timings()
	return c.out
}

// Again compares other timings of the two runs, as of a re-run, in place of theirs; nil leaves a
// run's own. The other parts of the comparison are c's.
func (c *Comparison) Again(base, head Run, baseRows, headRows []store.Timing, opt Options) *Comparison {
	with := func(r Run, rows []store.Timing) Run {
		if rows == nil {
			return r
		}
		res := *r.Results
		res.Timings = rows
		return Run{Results: &res, Embeddings: r.Embeddings}
	}
	out := *c
	out.Timings = []Timing{}
	out.Problems = slices.DeleteFunc(slices.Clone(c.Problems), func(p Problem) bool { return p.Kind == KindTiming })
	again := &comparer{base: with(base, baseRows), head: with(head, headRows), opt: opt, out: &out}
	again.timings()
	return &out
}

func identity(r store.Run) Identity {
	return Identity{RunID: r.RunID, Suite: r.Suite, StartedAt: r.StartedAt.UTC().Format("2006-01-02T15:04:05Z"), Tool: r.ToolVersion}
}

func (c *comparer) problem(kind Kind, variant, dataset, format string, args ...any) {
	c.out.Problems = append(c.out.Problems, Problem{kind, variant, dataset, fmt.Sprintf(format, args...)})
}

func (c *comparer) note(format string, args ...any) {
	c.out.Notes = append(c.out.Notes, fmt.Sprintf(format, args...))
}

// unhashed says of a run that its tables could not be verified.
func (c *comparer) unhashed() {
	for _, run := range []struct {
		name string
		Run
	}{{"BASE", c.base}, {"HEAD", c.head}} {
		if run.Unhashed {
			c.note("%s, run %s, has no hashes of its files, as an older program wrote it: its tables were not verified, and a changed one would not be seen", run.name, run.Run.Run.RunID)
		}
	}
}

// match finds the variants and datasets that both runs have, and says which they have not.
func (c *comparer) match() {
	headSets, headVariants := byName(c.head.Datasets, datasetName), byName(c.head.Variants, variantName)
	for _, b := range c.base.Datasets {
		switch h, ok := headSets[b.Dataset]; {
		case !ok:
			c.problem(KindDataset, "", b.Dataset, "missing in HEAD")
		case h.SHA256 != b.SHA256:
			c.problem(KindDataset, "", b.Dataset, "not compared: its content differs (sha256 %s, was %s)", short(h.SHA256), short(b.SHA256))
		default:
			c.out.Datasets = append(c.out.Datasets, b.Dataset)
		}
	}
	for _, b := range c.base.Variants {
		h, ok := headVariants[b.Variant]
		switch {
		case !ok && b.Status == store.StatusOK:
			c.problem(KindVariant, b.Variant, "", "missing in HEAD")
		case b.Status != store.StatusOK:
			c.note("%s: no baseline: it is %s in BASE (%s)", b.Variant, b.Status, b.Reason)
		case h.Status != store.StatusOK:
			c.problem(KindVariant, b.Variant, "", "%s in HEAD: %s", h.Status, h.Reason)
		default:
			c.out.Variants = append(c.out.Variants, b.Variant)
		}
	}
	c.added()
}

// added notes what is new in HEAD.
func (c *comparer) added() {
	sets, variants := byName(c.base.Datasets, datasetName), byName(c.base.Variants, variantName)
	for _, h := range c.head.Datasets {
		if _, ok := sets[h.Dataset]; !ok {
			c.note("%s: a new dataset, without a baseline", h.Dataset)
		}
	}
	for _, h := range c.head.Variants {
		if _, ok := variants[h.Variant]; !ok {
			c.note("%s: a new variant, without a baseline", h.Variant)
		}
	}
}

func datasetName(d store.Dataset) string { return d.Dataset }
func variantName(v store.Variant) string { return v.Variant }

func byName[T any](rows []T, name func(T) string) map[string]T {
	out := make(map[string]T, len(rows))
	for _, r := range rows {
		out[name(r)] = r
	}
	return out
}

// resampler is bootstrap samples of the queries of a dataset and direction.
type resampler struct {
	clusters []int
	draws    *stats.Resampler
}
