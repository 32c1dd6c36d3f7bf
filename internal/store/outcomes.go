package store

import "slices"

// outcome is the columns of queries.parquet that tests of scores need: a few of many.
type outcome struct {
	Dataset   string  `parquet:"dataset,dict"`
	Variant   string  `parquet:"variant,dict"`
	Direction string  `parquet:"direction,dict"`
	QueryID   string  `parquet:"query_id,dict"`
	Metric    string  `parquet:"metric,dict"`
	Value     float64 `parquet:"value"`
	Group     int64   `parquet:"query_group"`
}

// LoadOutcomes fills r's queries with what each query got in some metrics: what tests of scores
// need. All else of the queries is left out, and takes no time to read.
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
