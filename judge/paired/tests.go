package paired

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// Flips is how many random flips the tests draw. It allows p values down to 5e-5.
const Flips = 20000

// Search holds the queries of one score, and how far each is from the value it is compared with.
type Search struct {
	Variant, Dataset, Direction, Metric string
	Base, Head                          float64
	IDs                                 []string
	Diffs                               []float64
}

// Tests holds the searches to be tested. It is not safe for concurrent use.
type Tests struct {
	clusters *clusters
	searches []Search
	asked    []int // searches of the last Pooled
	answer   []Pooled
	flips    int // replaces Flips and cellFlips in simulations
}

// New forms the clusters of a run's queries. It uses the run's items. A run from before items were stored
// has none, so New uses the groups that its queries name.
func New(r *store.Results) *Tests {
	items := r.Items
	for i := range r.Queries {
		if q := &r.Queries[i]; len(r.Items) == 0 {
			items = append(items, store.Item{Dataset: q.Dataset, Modality: modality(q.Direction), ID: q.QueryID, Labels: []string{q.Direction, fmt.Sprint(q.Group)}})
		}
	}
	return &Tests{clusters: clustersOf(items)}
}

// Add adds a search.
func (t *Tests) Add(s Search) { t.searches = append(t.searches, s) }

// Pooled is a metric of a variant over all its searches together. It is the mean over datasets and
// directions, and each counts the same. It shows a loss that is in every search but too small to show in
// any single one.
type Pooled struct {
	Variant  string  `json:"variant"`
	Metric   string  `json:"metric"`
	Searches int     `json:"searches"` // datasets x directions
	Base     float64 `json:"base"`
	Head     float64 `json:"head"`
	Delta    float64 `json:"delta"`
	Low      float64 `json:"low"` // 95 % interval, by the spread of the clusters' sums
	High     float64 `json:"high"`
	PMaxT    float64 `json:"p_maxt"`   // corrected for all pooled variants and metrics (stats.StepDownMaxT)
	Dataset  string  `json:"dataset"`  // the dataset that lost most
	Queries  int     `json:"queries"`  // queries of all searches
	Changed  int     `json:"changed"`  // queries whose value differs
	Clusters int     `json:"clusters"` // clusters of queries that differ, the units of evidence
}

// Pooled tests each variant once for each metric, over the searches that keep accepts. Signs are flipped
// by sets of labels (or by a caption with its pictures), jointly over the directions. A text and a picture
// that ask for the same thing are not independent evidence.
func (t *Tests) Pooled(keep func(variant, direction, metric string) bool) []Pooled {
	var asked []int
	for i, s := range t.searches {
		if keep(s.Variant, s.Direction, s.Metric) {
			asked = append(asked, i)
		}
	}
	if t.answer == nil || !slices.Equal(asked, t.asked) {
		t.asked, t.answer = asked, t.pool(asked)
	}
	return slices.Clone(t.answer)
}

func (t *Tests) pool(asked []int) []Pooled {
	out, sums := []Pooled{}, []map[int]float64{}
	worst, all := []map[string]float64{}, []map[int]bool{} // loss by dataset; clusters
	at := map[[2]string]int{}
	for _, i := range asked {
		s := t.searches[i]
		k, ok := at[[2]string{s.Variant, s.Metric}]
		if !ok {
			k = len(out)
			at[[2]string{s.Variant, s.Metric}] = k
			out, sums = append(out, Pooled{Variant: s.Variant, Metric: s.Metric}), append(sums, map[int]float64{})
			worst, all = append(worst, map[string]float64{}), append(all, map[int]bool{})
		}
		row := &out[k]
		row.Searches, row.Queries = row.Searches+1, row.Queries+len(s.IDs)
		row.Base, row.Head = row.Base+s.Base, row.Head+s.Head
		t.each(s, func(cluster int, by float64) {
			all[k][cluster] = true
			if by != 0 {
				row.Changed++
				sums[k][cluster] += by
				worst[k][s.Dataset] += by
			}
		})
	}
	for k, p := range stats.StepDownMaxT(columns(sums), cmp.Or(t.flips, Flips), 1) {
		row := &out[k]
		n := float64(row.Searches)
		row.Base, row.Head, row.PMaxT, row.Clusters = row.Base/n, row.Head/n, p, len(sums[k])
		row.Delta = row.Head - row.Base
		half := stats.HalfWidth(sums[k], len(all[k])) / n
		row.Low, row.High = row.Delta-half, row.Delta+half
		for _, i := range asked {
			d := t.searches[i].Dataset
			if lost, ok := worst[k][d]; ok && (row.Dataset == "" || lost < worst[k][row.Dataset]) {
				row.Dataset = d
			}
		}
	}
	return out
}

// each calls do with the cluster of every query and the amount that the query adds to the mean of its
// search.
func (t *Tests) each(s Search, do func(cluster int, by float64)) {
	of := modality(s.Direction)
	if alone(s.Metric) {
		of = "class"
	}
	for i, d := range s.Diffs {
		do(t.clusters.number(clusterKey{s.Dataset, of, s.IDs[i]}), d/float64(len(s.IDs)))
	}
}

// columns numbers the clusters that differ anywhere, and gives each test its sums in that order.
func columns(sums []map[int]float64) [][]float64 {
	var all []int
	for _, s := range sums {
		for cluster := range s {
			all = append(all, cluster)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	out := make([][]float64, len(sums))
	for k, s := range sums {
		out[k] = make([]float64, len(all))
		for i, cluster := range all {
			out[k][i] = s[cluster]
		}
	}
	return out
}
