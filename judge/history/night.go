package history

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/metrics/stats"
)

// key names a series.
type key struct{ kind, variant, dataset, of, metric string }

// value is a number, with or without an interval.
type value struct {
	v         float64
	low, high *float64
}

// night is a run reduced to the parts that a history needs.
type night struct {
	info    Night
	after   []string // ids of runs that come before this one, whatever the clocks say
	order   []key
	values  map[key]value
	status  map[string]string // for variants that did not work: the reason
	shas    map[string]string // content hashes of the datasets
	first   string            // the dataset that is timed
	reasons map[key]string    // for measured values that are no numbers: the reason
}

func reduce(dir string, res *store.Results) night {
	r := res.Run
	n := night{
		info: Night{RunID: r.RunID, Dir: dir, Started: r.StartedAt.UTC(), Suite: r.Suite, Tool: strings.TrimSpace(r.ToolVersion + " " + r.ToolCommit),
			Machine: fmt.Sprintf("%s, %d cores, %d threads", cmp.Or(r.CPUModel, "unknown CPU"), r.Cores, r.Threads), Levels: compare.Levels(res.Timings)},
		after:  r.After,
		values: map[key]value{}, status: map[string]string{}, reasons: map[key]string{}, shas: map[string]string{},
	}
	for i, d := range res.Datasets {
		n.shas[d.Dataset] = d.SHA256
		if i == 0 {
			n.first = d.Dataset
		}
	}
	for _, v := range res.Variants {
		if v.Status != store.StatusOK {
			n.status[v.Variant] = strings.TrimSuffix(v.Status+": "+v.Reason, ": ")
		}
	}
	for _, s := range res.Scores {
		n.add(key{Score, s.Variant, s.Dataset, s.Direction, s.Metric}, value{s.Value, &s.CILow, &s.CIHigh})
	}
	for _, d := range res.Drift {
		if d.Stat == "mean_abs" && !strings.Contains(d.Stage, ":") {
			n.add(key{Drift, d.Variant, d.Dataset, d.Modality, d.Stage}, value{v: d.Value})
		}
	}
	n.times(res.Timings)
	return n
}

// add drops a value that is no finite number, because a line cannot show it.
func (n *night) add(k key, v value) {
	if _, ok := n.values[k]; ok || math.IsNaN(v.v) || math.IsInf(v.v, 0) {
		return
	}
	n.order, n.values[k] = append(n.order, k), v
}

// times adds the medians of each phase's repetitions and of their totals. A timing that compare refuses
// gets a reason in place of a value.
func (n *night) times(rows []store.Timing) {
	all := compare.TimesOf(rows)
	// Each round begins with another variant, so the rows must be sorted: by variant, with the total last.
	slices.SortStableFunc(all, func(a, b compare.Times) int {
		last := func(t compare.Times) string { return map[bool]string{true: "1"}[t.Phase == Total] }
		return cmp.Or(cmp.Compare(a.Variant, b.Variant), cmp.Compare(a.Modality, b.Modality), cmp.Compare(last(a), last(b)))
	})
	for _, t := range all {
		k := key{Time, t.Variant, "", t.Modality, t.Phase}
		if err := t.Check(); err != nil {
			n.reasons[k] = err.Error()
			continue
		}
		low, high := stats.MedianCI(t.MS)
		n.add(k, value{stats.Median(t.MS), &low, &high})
	}
}
