package store

import "slices"

// outcome has the few columns of queries.parquet that tests of scores need.
type outcome struct {
	Dataset   string  `parquet:"dataset,dict"`
	Variant   string  `parquet:"variant,dict"`
	Direction string  `parquet:"direction,dict"`
	QueryID   string  `parquet:"query_id,dict"`
	Metric    string  `parquet:"metric,dict"`
	Value     float64 `parquet:"value"`
	Group     int64   `parquet:"query_group"`
}

// LoadOutcomes loads into r the queries' values in some metrics, which tests of scores need. It leaves out
// everything else about the queries and does not spend time on reading it.
func (f *Folder) LoadOutcomes(r *Results, metrics ...string) error {
	if err := f.checkHash(TableQueries.file()); err != nil {
		return err
	}
	rows, err := Read[outcome](f.Path(TableQueries.file()))
	if err != nil {
		return err
	}
	for _, o := range rows {
		if slices.Contains(metrics, o.Metric) {
			r.Queries = append(r.Queries, Query{Dataset: o.Dataset, Variant: o.Variant, Direction: o.Direction, QueryID: o.QueryID, Metric: o.Metric, Value: o.Value, Group: o.Group})
		}
	}
	return nil
}
