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

// value is a number with its interval, or without one.
type value struct {
	v         float64
	low, high *float64
}

// night is a run reduced to what its history needs.
type night struct {
	info   Night
	after  []string // run ids that come before it, whatever the clocks say
	order  []key
	values map[key]value
	status map[string]string // of the variants that did not work: the reason
	shas   map[string]string // of the datasets' content
	first  string            // dataset: the one that is timed
}

func reduce(dir string, res *store.Results) night {
	r := res.Run
	n := night{
		info: Night{RunID: r.RunID, Dir: dir, Started: r.StartedAt.UTC(), Suite: r.Suite, Tool: strings.TrimSpace(r.ToolVersion + " " + r.ToolCommit),
			Machine: fmt.Sprintf("%s, %d cores, %d threads", cmp.Or(r.CPUModel, "unknown CPU"), r.Cores, r.Threads), Levels: compare.Levels(res.Timings)},
		after:  r.After,
		values: map[key]value{}, status: map[string]string{}, shas: map[string]string{},
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

// add drops what is no number: it has no place in a line.
func (n *night) add(k key, v value) {
	if _, ok := n.values[k]; ok || math.IsNaN(v.v) || math.IsInf(v.v, 0) {
		return
	}
	n.order, n.values[k] = append(n.order, k), v
}

// times adds the medians of each phase's repetitions and of their totals. A repetition that lacks
// a phase is no total.
func (n *night) times(rows []store.Timing) {
	type cell struct {
		key key
		rep int64
	}
	ms, phases := map[cell]float64{}, map[cell]int{}
	var cells []cell
	add := func(k key, t store.Timing) {
		c := cell{k, t.Rep}
		if phases[c] == 0 {
			cells = append(cells, c)
		}
		ms[c] += float64(t.NS) / float64(t.Items) / 1e6
		phases[c]++
	}
	for _, t := range rows {
		if t.Warm && t.Items > 0 && t.NS > 0 && t.Phase != store.PhaseTransform {
			add(key{Time, t.Variant, "", t.Modality, t.Phase}, t)
			add(key{Time, t.Variant, "", t.Modality, Total}, t)
		}
	}
	most := map[key]int{}
	for c, count := range phases {
		most[c.key] = max(most[c.key], count)
	}
	samples := map[key][]float64{}
	var order []key
	for _, c := range cells {
		if phases[c] < most[c.key] {
			continue
		}
		if samples[c.key] == nil {
			order = append(order, c.key)
		}
		samples[c.key] = append(samples[c.key], ms[c])
	}
	// Rounds begin with another variant each: by variant, and the total last.
	slices.SortStableFunc(order, func(a, b key) int {
		last := func(k key) string { return map[bool]string{true: "1"}[k.metric == Total] }
		return cmp.Or(cmp.Compare(a.variant, b.variant), cmp.Compare(a.of, b.of), cmp.Compare(last(a), last(b)))
	})
	for _, k := range order {
		low, high := stats.MedianCI(samples[k])
		n.add(k, value{stats.Median(samples[k]), &low, &high})
	}
}
