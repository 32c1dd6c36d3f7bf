package store

import (
	"fmt"
	"math"
)

// scoreKey is one score.
type scoreKey struct{ dataset, variant, direction, metric string }

// CheckScores checks that every score equals the mean of its queries' values, and that their number is right. The
// first one that does not, in the order of scores.parquet, is an error.
func (r *Results) CheckScores() error {
	for _, s := range r.WrongScores() {
		return fmt.Errorf("%s on %s, %s %s: %w: %s", s.Score.Variant, s.Score.Dataset, s.Score.Direction, s.Score.Metric, s.Err(), mend)
	}
	return nil
}

// WrongScore is a score that does not match its queries.
type WrongScore struct {
	Score   Score
	Mean    float64
	Queries int64
}

// Err says what is wrong.
func (w WrongScore) Err() error {
	return fmt.Errorf("scores.parquet says %.9g of %d queries, queries.parquet comes to %.9g of %d", w.Score.Value, w.Score.NQueries, w.Mean, w.Queries)
}

// sameScore is how much a sum in another order may differ.
const sameScore = 1e-9

// WrongScores are all scores that do not match their queries.
func (r *Results) WrongScores() (out []WrongScore) {
	type total struct {
		sum float64
		n   int64
	}
	totals := map[scoreKey]*total{}
	for _, q := range r.Queries {
		key := scoreKey{q.Dataset, q.Variant, q.Direction, q.Metric}
		if totals[key] == nil {
			totals[key] = &total{}
		}
		totals[key].sum += q.Value
		totals[key].n++
	}
	for _, s := range r.Scores {
		w := WrongScore{Score: s}
		if t := totals[scoreKey{s.Dataset, s.Variant, s.Direction, s.Metric}]; t != nil {
			w.Mean, w.Queries = t.sum/float64(t.n), t.n
		}
		if w.Queries != s.NQueries || w.Queries > 0 && !(math.Abs(w.Mean-s.Value) <= sameScore) { // a NaN is wrong, too
			out = append(out, w)
		}
	}
	return out
}
