package compare

import (
	"fmt"
	"math"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/paired"
	"github.com/fastclip/fastclip/metrics/stats"
)

// Score is a metric in both runs, paired over the same queries. Low and High are the 95 % bootstrap
// interval of Delta, with groups of queries drawn together. P is the p value of the sign-flip test. Holm
// is P corrected for all scores of the comparison in which any query differs.
type Score struct {
	Variant   string  `json:"variant"`
	Dataset   string  `json:"dataset"`
	Direction string  `json:"direction"`
	Metric    string  `json:"metric"`
	Base      float64 `json:"base"`
	Head      float64 `json:"head"`
	Delta     float64 `json:"delta"`
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
	P         float64 `json:"p"`
	Holm      float64 `json:"p_holm"`
	Queries   int     `json:"queries"`
	Changed   int     `json:"changed"` // queries whose value differs
	Groups    int     `json:"groups"`  // groups of queries that ask for one thing, the units of evidence
}

// tableKey names one score.
type tableKey struct{ variant, dataset, direction, metric string }

// outcomes holds the queries of a score.
type outcomes struct {
	ids    []string
	values []float64
	groups []int64
	at     map[string]int
	twice  string // an id that appears twice
}

func outcomesOf(rows []store.Query) map[tableKey]*outcomes {
	out := map[tableKey]*outcomes{}
	for _, q := range rows {
		key := tableKey{q.Variant, q.Dataset, q.Direction, q.Metric}
		o := out[key]
		if o == nil {
			o = &outcomes{at: map[string]int{}}
			out[key] = o
		}
		if _, ok := o.at[q.QueryID]; ok {
			o.twice = q.QueryID
		}
		o.at[q.QueryID] = len(o.ids)
		o.ids, o.values, o.groups = append(o.ids, q.QueryID), append(o.values, q.Value), append(o.groups, q.Group)
	}
	return out
}

// scores compares every score of BASE whose variant and dataset are in both runs.
func (c *comparer) scores() {
	base, head := outcomesOf(c.base.Queries), outcomesOf(c.head.Queries)
	c.out.tests = paired.New(c.base.Results)
	scoreKey := func(s store.Score) tableKey { return tableKey{s.Variant, s.Dataset, s.Direction, s.Metric} }
	heads := make(map[tableKey]store.Score, len(c.head.Scores))
	for _, s := range c.head.Scores {
		heads[scoreKey(s)] = s
	}
	wrong := map[tableKey]error{}
	for _, run := range []struct {
		name string
		Run
	}{{"HEAD", c.head}, {"BASE", c.base}} {
		for _, w := range run.WrongScores() {
			wrong[scoreKey(w.Score)] = fmt.Errorf("%s: %w", run.name, w.Err())
		}
	}
	have := map[[2]string]bool{}
	for _, b := range c.base.Scores {
		if !c.both(b.Variant, b.Dataset) {
			continue
		}
		have[[2]string{b.Variant, b.Dataset}] = true
		key := scoreKey(b)
		h, ok := heads[key]
		if !ok {
			c.problem(KindScore, b.Variant, b.Dataset, "%s %s is missing in HEAD", b.Metric, b.Direction)
			continue
		}
		if err := wrong[key]; err != nil {
			c.problem(KindScore, b.Variant, b.Dataset, "%s %s: %v", b.Metric, b.Direction, err)
			continue
		}
		s, err := c.score(b, h, base[key], head[key])
		if err != nil {
			c.problem(KindScore, b.Variant, b.Dataset, "%s %s: %v", b.Metric, b.Direction, err)
			continue
		}
		c.out.Scores = append(c.out.Scores, s)
	}
	c.eachPair(func(variant, dataset string) {
		if !have[[2]string{variant, dataset}] {
			c.problem(KindScore, variant, dataset, "no scores in BASE")
		}
	})
	holmScores(c.out.Scores)
}

// both tells whether a variant is ok in both runs and a dataset is the same in both.
func (c *comparer) both(variant, dataset string) bool {
	return slices.Contains(c.out.Variants, variant) && slices.Contains(c.out.Datasets, dataset)
}

func (c *comparer) eachPair(do func(variant, dataset string)) {
	for _, v := range c.out.Variants {
		for _, d := range c.out.Datasets {
			do(v, d)
		}
	}
}

// score pairs the queries of one score by their ids.
func (c *comparer) score(b, h store.Score, base, head *outcomes) (Score, error) {
	out := Score{Variant: b.Variant, Dataset: b.Dataset, Direction: b.Direction, Metric: b.Metric, Base: b.Value, Head: h.Value}
	if !finite(b.Value, h.Value) {
		return out, fmt.Errorf("not a number: %g in BASE, %g in HEAD", b.Value, h.Value)
	}
	if err := wholeTable("BASE", b, base); err != nil {
		return out, err
	}
	if err := wholeTable("HEAD", h, head); err != nil {
		return out, err
	}
	if len(base.ids) != len(head.ids) {
		return out, fmt.Errorf("%d queries in HEAD, %d in BASE", len(head.ids), len(base.ids))
	}
	other := make([]float64, len(base.ids))
	for i, id := range base.ids {
		at, ok := head.at[id]
		if !ok {
			return out, fmt.Errorf("query %s is missing in HEAD", id)
		}
		other[i] = head.values[at]
	}
	if !finite(base.values...) || !finite(other...) {
		return out, fmt.Errorf("a query's value is not a number")
	}
	c.out.tests.Add(paired.Search{Variant: b.Variant, Dataset: b.Dataset, Direction: b.Direction, Metric: b.Metric, Base: b.Value, Head: h.Value,
		IDs: base.ids, Diffs: differences(base.values, other)})
	out.pair(base.values, other, base.groups, func() *stats.Resampler {
		return c.resampler(b.Dataset+"\x00"+b.Direction, paired.Number(base.groups))
	})
	return out, nil
}

// wholeTable checks that every query of a score is there exactly once.
func wholeTable(run string, s store.Score, o *outcomes) error {
	switch {
	case s.NQueries == 0:
		return fmt.Errorf("there is no query in %s", run)
	case o == nil:
		return fmt.Errorf("no rows in queries.parquet of %s", run)
	case o.twice != "":
		return fmt.Errorf("query %s occurs twice in queries.parquet of %s", o.twice, run)
	case int64(len(o.ids)) != s.NQueries:
		return fmt.Errorf("queries.parquet of %s has %d of %d queries", run, len(o.ids), s.NQueries)
	}
	return nil
}

// pair fills in the difference between the two values of each query. It draws samples only when some query
// differs, because otherwise everything is 0.
func (s *Score) pair(base, head []float64, groups []int64, draws func() *stats.Resampler) {
	s.Queries, s.P, s.Holm = len(base), 1, 1
	distinct := map[int64]bool{}
	for _, g := range groups {
		distinct[g] = true
	}
	s.Groups = len(distinct)
	diffs := differences(base, head)
	for _, d := range diffs {
		if d != 0 {
			s.Changed++
		}
	}
	if s.Changed == 0 {
		return
	}
	s.P = paired.P(diffs, groups)
	s.Delta, s.Low, s.High, _ = draws().Paired(base, head)
}

func differences(base, head []float64) []float64 {
	out := make([]float64, len(base))
	for i := range base {
		out[i] = head[i] - base[i]
	}
	return out
}

// resampler draws once for all scores over the same queries.
func (c *comparer) resampler(key string, clusters []int) *stats.Resampler {
	if r, ok := c.resamplers[key]; ok && slices.Equal(r.clusters, clusters) {
		return r.draws
	}
	r := resampler{clusters, stats.NewClusterResampler(clusters, c.opt.Resamples, c.opt.Seed)}
	c.resamplers[key] = r
	return r.draws
}

// holmScores corrects over the scores in which any query differs. The p value of the others is 1 whatever
// happens, so they are no tests (Tarone 1990).
func holmScores(scores []Score) {
	var p []float64
	var of []int
	for i, s := range scores {
		if s.Changed > 0 {
			p, of = append(p, s.P), append(of, i)
		}
	}
	for k, h := range stats.Holm(p) {
		scores[of[k]].Holm = h
	}
}

func finite(values ...float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
}
