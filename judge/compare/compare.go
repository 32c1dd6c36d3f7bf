// Package compare sets two finished runs side by side. It is a pure function of their results. What cannot
// be compared is a Problem with its reason; nothing is left out in silence.
package compare

import (
	"slices"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/paired"
	"github.com/fastclip/fastclip/metrics/stats"
)

// Run holds a run's tables and the way to read its embeddings.
type Run struct {
	*store.Results
	// Embeddings reads a variant's embeddings of a dataset's images or texts, as store.Folder does. The
	// error is fs.ErrNotExist when there are none.
	Embeddings func(variant, dataset, modality string) ([]store.Embedding, error)
	// Unhashed marks a run that an older program wrote without hashes of its files. Nobody can tell
	// whether those files were changed.
	Unhashed bool
}

// Load is the finished run in dir. It is an error when a file is not as the run wrote it.
func Load(dir string) (Run, error) {
	f, err := store.Open(dir)
	if err != nil {
		return Run{}, err
	}
	if err := f.Verify(); err != nil {
		return Run{}, err
	}
	// Load only what is compared, so that a run older than some other table can be a baseline.
	res, err := f.Load(store.TableRun, store.TableDatasets, store.TableVariants, store.TableScores, store.TableQueries,
		store.TableDrift, store.TableTimings, store.TableItems)
	if err != nil {
		return Run{}, err
	}
	return Run{Results: res, Embeddings: f.ReadEmbeddings, Unhashed: !f.Hashed()}, nil
}

// Options are the options of Runs. Zero values are the defaults.
type Options struct {
	OtherHardware bool   // compare timings of unlike machines, too
	Resamples     int    // bootstrap samples for the intervals; default 10,000
	Seed          uint64 // seed of the bootstrap
}

// Comparison is HEAD against BASE. All numbers in it are finite.
type Comparison struct {
	Base           Identity        `json:"base"`
	Head           Identity        `json:"head"`
	Environment    []Difference    `json:"environment"` // what differs between the two runs' environments
	SameMachine    bool            `json:"same_machine"`
	SamePlan       bool            `json:"same_plan"`                 // same program, suite, data, models and machine: none of these explains a difference
	Unlike         []Problem       `json:"unlike"`                    // variants whose numbers depend on the kind of processor, where that kind differs
	Faults         []Fault         `json:"faults,omitempty"`          // HEAD's
	Reference      string          `json:"reference"`                 // HEAD's
	OtherReference string          `json:"other_reference,omitempty"` // set when HEAD's reference is another variant than BASE's
	Variants       []string        `json:"variants"`                  // variants that were ok in both runs, in BASE's order
	Datasets       []string        `json:"datasets"`                  // datasets with the same content in both runs
	Scores         []Score         `json:"scores"`
	Pooled         []paired.Pooled `json:"pooled"`  // one test for each variant over all its searches, as Write asks for it
	Drift          []Drift         `json:"drift"`   // drift of HEAD's embeddings from BASE's
	Ladder         []Step          `json:"ladder"`  // each run's own drift from its reference
	Budgets        []Budget        `json:"budgets"` // what that drift could have done to R@K
	Timings        []Timing        `json:"timings"`
	NotTimed       bool            `json:"not_timed"` // the suites of both runs skip timing, so no timing is missing
	Problems       []Problem       `json:"problems"`  // what could not be compared
	Notes          []string        `json:"notes"`     // no problem, but worth knowing

	tests *paired.Tests // of the scores
}

// Fault is a rule that every encoder, or every model's files, must keep and that a variant breaks in HEAD.
type Fault struct {
	Variant string `json:"variant"`
	Text    string `json:"text"`
	New     bool   `json:"new"` // BASE did not have it
}

// Identity identifies a run.
type Identity struct {
	RunID     string `json:"run_id"`
	Suite     string `json:"suite"`
	StartedAt string `json:"started_at"` // RFC 3339
	Tool      string `json:"tool"`
}

// comparer is a comparison in progress.
type comparer struct {
	base, head Run
	opt        Options
	out        *Comparison
	resamplers map[string]resampler
	moved      map[moveKey]*moves
	rotations  map[[2]string]map[string]*moves // moves after a rotation, by variant and dataset
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

// Again compares other timings of the two runs, such as those of a re-run, in place of their own. A nil
// slice keeps a run's own timings. All other parts of the comparison stay as in c.
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

// match finds the variants and datasets that both runs have, and reports those that only BASE has.
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
			c.note("%s: no baseline, because it is %s in BASE (%s)", b.Variant, b.Status, b.Reason)
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

// resampler holds the bootstrap samples for the queries of a dataset and direction.
type resampler struct {
	clusters []int
	draws    *stats.Resampler
}
