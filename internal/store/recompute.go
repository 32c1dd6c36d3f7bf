package store

import (
	"cmp"
	"fmt"
	"math"
)

// check checks what one table says of another, and that no row stands twice. Every file is whole by now, so
// what is wrong here was written so.
func (r *Results) check() error {
	if r.Run.SchemaVersion > SchemaVersion {
		return fmt.Errorf("run.parquet has schema version %d, which is newer than this program's %d: update fastclip", r.Run.SchemaVersion, SchemaVersion)
	}
	references := 0
	for _, v := range r.Variants {
		if v.IsReference {
			references++
		}
	}
	if references > 1 {
		return fmt.Errorf("variants.parquet has %d references: %s", references, mend)
	}
	return cmp.Or(
		rows(r, TableDatasets, r.Datasets, func(d *Dataset) (string, any) { return d.RunID, d.Dataset }),
		rows(r, TableVariants, r.Variants, func(v *Variant) (string, any) { return v.RunID, v.Variant }),
		rows(r, TableItems, r.Items, func(i *Item) (string, any) { return i.RunID, [3]string{i.Dataset, i.Modality, i.ID} }),
		rows(r, TableScores, r.Scores, func(s *Score) (string, any) {
			return s.RunID, [4]string{s.Dataset, s.Variant, s.Direction, s.Metric}
		}),
		rows(r, TablePooled, r.Pooled, func(p *Pooled) (string, any) { return p.RunID, [3]string{p.Variant, p.Direction, p.Metric} }),
		rows(r, TableDrift, r.Drift, func(d *Drift) (string, any) {
			return d.RunID, [6]string{d.Dataset, d.Variant, d.Reference, d.Modality, d.Stage, d.Stat}
		}),
		rows(r, TableTimings, r.Timings, func(t *Timing) (string, any) {
			t.NS, t.ServerNS = 0, nil
			return t.RunID, *t
		}),
		rows(r, TableQueries, r.Queries, func(q *Query) (string, any) { return q.RunID, nil }), // their number is checked with the scores
	)
}

// rows checks that a table's rows are of the run and that none stands twice. A nil key is not compared.
func rows[T any](r *Results, name Table, rows []T, of func(*T) (run string, key any)) error {
	seen := make(map[any]bool)
	for i, row := range rows {
		run, key := of(&row)
		if run != "" && run != r.Run.RunID && r.Run.RunID != "" {
			return fmt.Errorf("%s: row %d is of run %q, and not of %s: %s", name.file(), i+1, run, r.Run.RunID, mend)
		}
		if key == nil {
			continue
		}
		if seen[key] {
			return fmt.Errorf("%s: row %d stands there twice (%v): %s", name.file(), i+1, key, mend)
		}
		seen[key] = true
	}
	return nil
}

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
	beyond  bool // no metric has such a value
}

// Err says what is wrong.
func (w WrongScore) Err() error {
	if w.beyond {
		return fmt.Errorf("scores.parquet says %g, and a score is between 0 and 1", w.Score.Value)
	}
	return fmt.Errorf("scores.parquet says %.9g from %d queries, but queries.parquet gives %.9g from %d", w.Score.Value, w.Score.NQueries, w.Mean, w.Queries)
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
		if s.Value < -sameScore || s.Value > 1+sameScore {
			w.beyond = true
		}
		if w.beyond || w.Queries != s.NQueries || w.Queries > 0 && !(math.Abs(w.Mean-s.Value) <= sameScore) { // a NaN is wrong, too
			out = append(out, w)
		}
	}
	return out
}
