// Package facts computes the numbers and findings of a report from the rows of a run: scores with
// corrected p values, drift by stage with its shares, times, and the effect of single stages. It makes no
// sentences; package prose does.
package facts

import (
	"slices"
	"time"

	"github.com/fastclip/fastclip/internal/store"
)

// Report is what every format prints, as numbers. Its field names are those of the json format. Fields may
// be added, but never renamed. Scores and shares are between 0 and 1; times are in milliseconds per item.
type Report struct {
	Head        Head           `json:"head"`
	Metric      string         `json:"metric"` // of the performance table
	Columns     []Column       `json:"columns"`
	Performance []Performance  `json:"performance"`
	Speed       []SpeedTable   `json:"speed"`
	Places      []Place        `json:"runtimes"`
	Drift       []DriftRow     `json:"drift"`
	Swaps       []SwapRow      `json:"swaps"`
	Transforms  []TransformRow `json:"transforms"`
	Scores      []Score        `json:"scores"`

	Findings []Finding      `json:"-"` // package prose puts them into sentences
	Res      *store.Results `json:"-"` // the rows that the report was made from
}

// Head says what ran, when and where.
type Head struct {
	Suite       string    `json:"suite"`
	RunID       string    `json:"run_id"`
	Status      string    `json:"status"`
	ToolVersion string    `json:"tool_version"`
	Host        string    `json:"host"`
	OS          string    `json:"os"`
	Arch        string    `json:"arch"`
	CPU         string    `json:"cpu"`
	Cores       int64     `json:"cores"`
	Threads     int64     `json:"threads"`
	StartedAt   time.Time `json:"started_at"`
	WallSeconds Number    `json:"wall_seconds"`
	Datasets    []Dataset `json:"datasets"`
}

type Dataset struct {
	Name    string `json:"name"`
	Arity   string `json:"arity"`
	Images  int64  `json:"images"`
	Texts   int64  `json:"texts"`
	Skipped int64  `json:"skipped"`
	Classes int64  `json:"classes,omitempty"` // candidates of zero-shot classification
	Balance string `json:"balance,omitempty"`
	Suspect string `json:"suspect,omitempty"`
}

// Identity is the start of a variant's row in every table.
type Identity struct {
	Variant     string `json:"variant"`
	IsReference bool   `json:"is_reference"`
	Status      string `json:"status"`
	Reason      string `json:"reason"`
	Faulty      bool   `json:"faulty,omitempty"` // it has faults, and findings name them
	Fault       string `json:"fault,omitempty"`  // the first fault
}

func (i Identity) Ok() bool { return i.Status == store.StatusOK }

// Build computes the report. It is pure: equal rows give equal reports.
func Build(res *store.Results) Report {
	res = trained(res)
	scores := correctedScores(res)
	metric := headline(res.Scores)
	columns := buildColumns(res, metric)
	r := Report{
		Head:        buildHead(res),
		Metric:      metric,
		Columns:     columns,
		Performance: buildPerformance(res, columns, scores),
		Speed:       buildSpeed(res),
		Places:      buildPlaces(res),
		Drift:       buildDrift(res),
		Swaps:       buildSwaps(res),
		Transforms:  buildTransforms(res),
		Scores:      scores,
		Res:         res,
	}
	r.Findings = findings(res, r)
	return r
}

func buildHead(res *store.Results) Head {
	run := res.Run
	h := Head{
		Suite: run.Suite, RunID: run.RunID, Status: run.Status, ToolVersion: run.ToolVersion, Host: run.Host, OS: run.OS,
		Arch: run.Arch, CPU: run.CPUModel, Cores: run.Cores, Threads: run.Threads, StartedAt: run.StartedAt.UTC(),
		WallSeconds: Number(run.FinishedAt.Sub(run.StartedAt).Seconds()),
		Datasets:    []Dataset{},
	}
	for _, d := range res.Datasets {
		h.Datasets = append(h.Datasets, Dataset{Name: d.Dataset, Arity: d.Arity, Images: d.Images, Texts: d.Texts, Skipped: d.Skipped, Classes: d.Classes, Balance: d.Balance, Suspect: d.SuspectWhy})
	}
	return h
}

// Identities has the names of the variants and what became of them, in suite order.
func Identities(res *store.Results) []Identity {
	var out []Identity
	for _, v := range res.Variants {
		x := Identity{Variant: v.Variant, IsReference: v.IsReference, Status: v.Status, Reason: v.Reason, Faulty: len(v.Faults) > 0}
		if x.Faulty {
			x.Fault = v.Faults[0]
		}
		out = append(out, x)
	}
	return out
}

// Reference is the run's reference variant. Its name is empty when the run has none.
func Reference(res *store.Results) Identity {
	for _, v := range Identities(res) {
		if v.IsReference {
			return v
		}
	}
	return Identity{}
}

// Compared are the variants that ran, except the reference.
func Compared(res *store.Results) []Identity {
	return slices.DeleteFunc(Identities(res), func(v Identity) bool { return !v.Ok() || v.IsReference })
}
