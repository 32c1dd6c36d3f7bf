package reports

import (
	"time"

	"github.com/fastclip/fastclip/internal/store"
)

// report is what every format prints, as numbers. Its field names are those of the json format: they may be
// added, never renamed. Scores and shares are in 0..1; times are milliseconds an item.
type report struct {
	Head        head           `json:"head"`
	Metric      string         `json:"metric"` // of the performance table
	Columns     []column       `json:"columns"`
	Performance []performance  `json:"performance"`
	Speed       []speedTable   `json:"speed"`
	Places      []place        `json:"runtimes"`
	Drift       []driftRow     `json:"drift"`
	Swaps       []swapRow      `json:"swaps"`
	Transforms  []transformRow `json:"transforms"`
	Scores      []score        `json:"scores"`

	res *store.Results `json:"-"` // what it was made from
}

// head says what ran, when and where.
type head struct {
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
	WallSeconds number    `json:"wall_seconds"`
	Datasets    []dataset `json:"datasets"`
}

type dataset struct {
	Name    string `json:"name"`
	Arity   string `json:"arity"`
	Images  int64  `json:"images"`
	Texts   int64  `json:"texts"`
	Skipped int64  `json:"skipped"`
	Classes int64  `json:"classes,omitempty"` // candidates of zero-shot classification
	Balance string `json:"balance,omitempty"`
	Suspect string `json:"suspect,omitempty"`
}

// identity is the start of a variant's row in every table.
type identity struct {
	Variant     string `json:"variant"`
	IsReference bool   `json:"is_reference"`
	Status      string `json:"status"`
	Reason      string `json:"reason"`
	Faulty      bool   `json:"faulty,omitempty"` // it has faults, which findings name
}

func (i identity) ok() bool { return i.Status == store.StatusOK }

// build works the report out. It is pure: equal rows give equal reports.
func build(res *store.Results) report {
	res = trained(res)
	scores := compare(res)
	metric := headline(res.Scores)
	columns := buildColumns(res, metric)
	return report{
		Head:        buildHead(res),
		Metric:      metric,
		Columns:     columns,
		Performance: buildPerformance(res, metric, columns, scores),
		Speed:       buildSpeed(res),
		Places:      buildPlaces(res),
		Drift:       buildDrift(res),
		Swaps:       buildSwaps(res),
		Transforms:  buildTransforms(res),
		Scores:      scores,
		res:         res,
	}
}

func buildHead(res *store.Results) head {
	run := res.Run
	h := head{
		Suite: run.Suite, RunID: run.RunID, Status: run.Status, ToolVersion: run.ToolVersion, Host: run.Host, OS: run.OS,
		Arch: run.Arch, CPU: run.CPUModel, Cores: run.Cores, Threads: run.Threads, StartedAt: run.StartedAt.UTC(),
		WallSeconds: number(run.FinishedAt.Sub(run.StartedAt).Seconds()),
		Datasets:    []dataset{},
	}
	for _, d := range res.Datasets {
		h.Datasets = append(h.Datasets, dataset{Name: d.Dataset, Arity: d.Arity, Images: d.Images, Texts: d.Texts, Skipped: d.Skipped, Classes: d.Classes, Balance: d.Balance, Suspect: d.SuspectWhy})
	}
	return h
}

// identities are the variants' names and fates, in suite order.
func identities(res *store.Results) []identity {
	var out []identity
	for _, v := range res.Variants {
		out = append(out, identity{Variant: v.Variant, IsReference: v.IsReference, Status: v.Status, Reason: v.Reason, Faulty: len(v.Faults) > 0})
	}
	return out
}

// reference is the run's reference variant, or one without a name.
func reference(res *store.Results) identity {
	for _, v := range identities(res) {
		if v.IsReference {
			return v
		}
	}
	return identity{}
}
