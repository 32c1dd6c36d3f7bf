package store

// Score is a row of scores.parquet: a metric's mean over the queries of a dataset, with its 95 % bootstrap
// interval and the range that another order of ties could give. The four columns against the reference are paired
// over the same queries. They are null for the reference itself, and if the reference has failed.
type Score struct {
	RunID     string   `parquet:"run_id,dict"`
	Dataset   string   `parquet:"dataset,dict"`
	Arity     string   `parquet:"arity,dict"`
	Variant   string   `parquet:"variant,dict"`
	Direction string   `parquet:"direction,dict"` // t2i, i2t or i2i
	Metric    string   `parquet:"metric,dict"`
	Value     float64  `parquet:"value"`
	CILow     float64  `parquet:"ci_low"`
	CIHigh    float64  `parquet:"ci_high"`
	TieLow    float64  `parquet:"tie_low"`
	TieHigh   float64  `parquet:"tie_high"`
	NQueries  int64    `parquet:"n_queries"`
	Delta     *float64 `parquet:"delta"` // value less the reference's
	DeltaLow  *float64 `parquet:"delta_low"`
	DeltaHigh *float64 `parquet:"delta_high"`
	PValue    *float64 `parquet:"p_value"` // of delta being 0, two-sided, not corrected: randomisation over the queries

	Effect     *float64 `parquet:"effect"`          // delta in standard deviations of the queries' differences; null of none
	Convention *string  `parquet:"convention,dict"` // how the metric counts, and whose that is

	SampledFrom *int64 `parquet:"sampled_from"` // queries from which the n_queries were drawn at random; null when they are all
}

// Pooled is a row of pooled.parquet: the mean of a metric over all datasets with equal weights, against the
// reference's. A difference that is too small to show on one dataset may show on all.
type Pooled struct {
	RunID     string  `parquet:"run_id,dict"`
	Variant   string  `parquet:"variant,dict"`
	Direction string  `parquet:"direction,dict"`
	Metric    string  `parquet:"metric,dict"`
	Datasets  int64   `parquet:"datasets"`
	NQueries  int64   `parquet:"n_queries"`
	Value     float64 `parquet:"value"`
	Delta     float64 `parquet:"delta"` // value less the reference's
	DeltaLow  float64 `parquet:"delta_low"`
	DeltaHigh float64 `parquet:"delta_high"`
	PValue    float64 `parquet:"p_value"` // of delta being 0, two-sided, not corrected
}

// Query is a row of queries.parquet: the outcome of a query. Rank is the rank of the first relevant item, from 1,
// or 0 if there is none. Margin is the best relevant similarity minus the best other one.
type Query struct {
	RunID     string   `parquet:"run_id,dict"`
	Dataset   string   `parquet:"dataset,dict"`
	Variant   string   `parquet:"variant,dict"`
	Direction string   `parquet:"direction,dict"`
	QueryID   string   `parquet:"query_id,dict"`
	Metric    string   `parquet:"metric,dict"`
	Value     float64  `parquet:"value"`
	Rank      int64    `parquet:"rank,delta"`
	Margin    float64  `parquet:"margin,split"`
	MarginAtK *float64 `parquet:"margin_at_k,split"` // of R@K: best relevant similarity less the Kth best other; null where there are no K others
	Certain   *bool    `parquet:"certain"`           // of R@K, not the reference: the drift cannot have changed the value (see eval/drift)
	CertainBy *string  `parquet:"certain_by,dict"`   // what proves it: norm, angle, pair, rotated; stopped of an open one of which not all was tried
	NRelevant int64    `parquet:"n_relevant,delta"`
	Group     int64    `parquet:"query_group,delta"`                    // queries of one group share what they search for: they are no independent evidence
	TopIDs    []string `parquet:"top_ids,list" parquet-element:",dict"` // best first; read back, an empty list is not nil
	TopHits   []bool   `parquet:"top_hits,list,optional"`               // which of them are relevant
}

// Drift is a row of drift.parquet: how far a variant's output of a stage is from the reference's. Modality is
// image, text or similarity. Stage is a checkpoint (decode, resize, normalise, embedding, unit, similarity, rank),
// or "swap:" and a pipeline stage: the reference with exactly that stage taken from the variant, measured at the
// embedding.
type Drift struct {
	RunID     string  `parquet:"run_id,dict"`
	Dataset   string  `parquet:"dataset,dict"`
	Variant   string  `parquet:"variant,dict"`
	Reference string  `parquet:"reference,dict"`
	Modality  string  `parquet:"modality,dict"`
	Stage     string  `parquet:"stage,dict"`
	Stat      string  `parquet:"stat,dict"`
	Value     float64 `parquet:"value"`
	N         int64   `parquet:"n"` // values compared

	// Of a swap or a noise floor that was measured on a sample; null where all pictures were.
	CILow  *float64 `parquet:"ci_low"` // interval of 95 %, of mean_abs
	CIHigh *float64 `parquet:"ci_high"`
	Of     *int64   `parquet:"sampled_of"` // values that all pictures have
}

// Weight is how many values the row stands for.
func (d Drift) Weight() float64 {
	if d.Of != nil {
		return float64(*d.Of)
	}
	return float64(d.N)
}

// Timing is a row of timings.parquet: one repetition of a phase over Items items. Warm is true if the machine was
// warmed up and the repetition counts; false marks a warm-up repetition.
type Timing struct {
	RunID    string `parquet:"run_id,dict"`
	Variant  string `parquet:"variant,dict"`
	Phase    string `parquet:"phase,dict"`
	Modality string `parquet:"modality,dict"` // image or text; of transform png or jpg
	Batch    int64  `parquet:"batch"`         // items a call
	Threads  int64  `parquet:"threads"`
	Rep      int64  `parquet:"rep"`          // of one number: one after the other, in one round
	Group    int64  `parquet:"timing_group"` // variants of one group were timed in turn; the reference is in each
	Items    int64  `parquet:"items"`
	NS       int64  `parquet:"ns"` // of all items together
	Warm     bool   `parquet:"warm"`
	ServerNS *int64 `parquet:"server_ns"` // of encode's ns, what the encoder's server says that it computed; null where it does not say or is none
}
