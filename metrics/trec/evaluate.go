package trec

import (
	"fmt"
	"maps"
	"slices"
)

// Value is a measure's value for one query or for all queries.
type Value struct {
	Name   string
	Number float64 // 0 for runid and relstring
	Text   string  // as trec_eval prints it
}

// Scores holds the values of one query, or of all queries.
type Scores struct {
	Query  string
	Values []Value
}

// Report is what trec_eval prints.
type Report struct {
	Queries []Scores // queries that count, in the byte order of their ids; without gm_map and similar measures
	All     Scores   // of query "all"; without relstring
}

// Evaluate scores the queries that are in both files. With Options.Complete it also scores, as 0, those
// that are only in qrels. It fails when there are no queries, when a measure is unknown, and when a
// document is retrieved twice for a query. The last error names the line.
func Evaluate(qrels *Qrels, run *Run, opts Options) (*Report, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	list, err := choose(opts)
	if err != nil {
		return nil, err
	}
	width := 0
	for _, w := range list {
		width += len(w.names)
	}
	report, sums, log2 := &Report{}, make([]float64, width), discounts()
	for _, id := range slices.Sorted(maps.Keys(qrels.queries)) {
		judged := qrels.queries[id]
		var r *ranking
		if run.queries[id] != nil {
			if r, err = rank(run, id, judged, opts); err != nil {
				return nil, err
			}
		} else if opts.Complete && len(run.queries) > 0 {
			r = missing(judged, opts.Level)
		} else {
			continue
		}
		r.log2 = log2
		report.Queries = append(report.Queries, scoreQuery(id, r, list, sums))
	}
	if len(report.Queries) == 0 {
		return nil, fmt.Errorf("%s and %s have no query in common", qrels.name, run.name)
	}
	report.All = scoreAll(run.id, list, sums, len(report.Queries))
	return report, nil
}

// scoreQuery computes a query's values and adds them to sums.
func scoreQuery(id string, r *ranking, list []wanted, sums []float64) Scores {
	s := Scores{Query: id}
	for _, w := range list {
		if w.text != nil {
			if !w.allOnly {
				s.Values = append(s.Values, w.textOf(r))
			}
			continue
		}
		out := make([]float64, len(w.names))
		w.values(r, w.parameters, out)
		for i, v := range out {
			if r.cleared(w.names[i]) {
				v = 0
			}
			sums[w.at+i] += v
			if !w.allOnly {
				s.Values = append(s.Values, w.value(i, v))
			}
		}
	}
	return s
}

func scoreAll(runID string, list []wanted, sums []float64, n int) Scores {
	s := Scores{Query: "all"}
	for _, w := range list {
		if w.name == "runid" {
			s.Values = append(s.Values, Value{Name: w.name, Text: runID})
		}
		if w.text != nil {
			continue
		}
		mean := w.mean
		if mean == nil {
			mean = average
		}
		for i := range w.names {
			s.Values = append(s.Values, w.value(i, mean(sums[w.at+i], n)))
		}
	}
	return s
}
