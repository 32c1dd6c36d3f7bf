package reports

import (
	"cmp"
	"math"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
)

// Why is all that explain knows of a variant, as numbers and names. Scores and shares are in 0..1.
type Why struct {
	Variant   string       `json:"variant"`
	Reference string       `json:"reference"`
	Settings  []Setting    `json:"settings"` // what differs
	Drift     []driftRow   `json:"drift"`
	Swaps     []swapRow    `json:"swaps"`
	Budgets   []FlipBudget `json:"flip_budgets"` // none of a run from before margins were stored
	Flips     []Flip       `json:"flips"`        // every query whose top 1 or outcome at K is another
	Queries   []WorstQuery `json:"worst_queries"`
	Items     []WorstItem  `json:"worst_items"`
	Advice    Advice       `json:"-"`
}

// Setting is something that the variant has otherwise.
type Setting struct {
	Name      string `json:"name"`
	Reference string `json:"reference"`
	Variant   string `json:"variant"`
}

// FlipBudget is what the drift of a variant can have done to one R@K (eval/drift has the
// bounds and their proofs). Allowed is the budget: no drift of all unit embeddings by less can change
// any outcome; Allowed95 the same of all but one query in twenty. Low and High hold Measured.
type FlipBudget struct {
	Dataset   string `json:"dataset"`
	Direction string `json:"direction"`
	Metric    string `json:"metric"`
	Queries   int    `json:"queries"`
	Certain   number `json:"certain"`
	Low       number `json:"low"`
	High      number `json:"high"`
	Measured  number `json:"measured"`
	Reference number `json:"reference"`
	Allowed   number `json:"allowed"`
	Allowed95 number `json:"allowed_95"`
	Moved     number `json:"moved"` // the most by which a unit embedding of the queries or items did move
}

// Flip is a query that ended otherwise. Of "top 1", Before and After are items and Margin is by how
// much the reference prefers its own; of R@K they are hit and miss, and Margin is |margin at K|.
// It is a near tie when Margin is below Drift, the mean |difference| of the query's similarities.
type Flip struct {
	Dataset   string `json:"dataset"`
	Direction string `json:"direction"`
	Metric    string `json:"metric"`
	Query     string `json:"query"`
	Before    string `json:"before"`
	After     string `json:"after"`
	Margin    number `json:"margin"`
	Drift     number `json:"drift"`
	NearTie   bool   `json:"near_tie"`
}

const topOne = "top 1"

// WorstQuery is a query with the first items that both found. Margins are of the best relevant
// item over the best other one.
type WorstQuery struct {
	Dataset         string `json:"dataset"`
	Direction       string `json:"direction"`
	Query           string `json:"query"`
	ReferenceMargin number `json:"reference_margin"`
	VariantMargin   number `json:"variant_margin"`
	ReferenceTop    []Hit  `json:"reference_top"`
	VariantTop      []Hit  `json:"variant_top"`
}

// Hit is an item that was found. Right is nil in a run from before it was stored.
type Hit struct {
	ID         string `json:"id"`
	Similarity number `json:"similarity"`
	Right      *bool  `json:"right"`
}

// WorstItem is a picture or text whose embedding turned far.
type WorstItem struct {
	Dataset  string `json:"dataset"`
	Modality string `json:"modality"`
	ID       string `json:"id"`
	Cosine   number `json:"cosine"`
}

// outcomeKey names a query's outcome in a metric.
type outcomeKey struct{ dataset, direction, metric, query string }

// outcomes are one variant's rows of queries.parquet, in their order.
type outcomes struct {
	order []outcomeKey
	rows  map[outcomeKey]store.Query
}

func outcomesOf(rows []store.Query, variant string) outcomes {
	out := outcomes{rows: map[outcomeKey]store.Query{}}
	for _, q := range rows {
		if q.Variant == variant {
			key := outcomeKey{q.Dataset, q.Direction, q.Metric, q.QueryID}
			out.order, out.rows[key] = append(out.order, key), q
		}
	}
	return out
}

// budgetsOf are the flip budgets by dataset, direction and K.
func budgetsOf(own, ref outcomes, pairs map[string]*embeddingPair) []FlipBudget {
	type tally struct {
		FlipBudget
		hits, misses, good, was int
		margins                 []float64
	}
	var order []*tally
	at := map[outcomeKey]*tally{}
	for _, key := range ref.order {
		v, ok := own.rows[key]
		if !ok || v.Certain == nil {
			continue
		}
		was, of := ref.rows[key], outcomeKey{dataset: key.dataset, direction: key.direction, metric: key.metric}
		t := at[of]
		if t == nil {
			t = &tally{FlipBudget: FlipBudget{Dataset: key.dataset, Direction: key.direction, Metric: key.metric}}
			at[of], order = t, append(order, t)
		}
		t.Queries++
		t.good, t.was = t.good+count(v.Value == 1), t.was+count(was.Value == 1)
		t.hits, t.misses = t.hits+count(*v.Certain && v.Value == 1), t.misses+count(*v.Certain && v.Value == 0)
		if was.MarginAtK != nil {
			t.margins = append(t.margins, math.Abs(*was.MarginAtK))
		} else {
			t.margins = append(t.margins, 8) // fewer than K others: unit vectors are never as far apart as 2
		}
	}
	out := make([]FlipBudget, 0, len(order))
	for _, t := range order {
		n := number(t.Queries)
		t.Certain, t.Low, t.High = number(t.hits+t.misses)/n, number(t.hits)/n, 1-number(t.misses)/n
		t.Measured, t.Reference = number(t.good)/n, number(t.was)/n
		slices.Sort(t.margins)
		t.Allowed, t.Allowed95 = number(t.margins[0]/4), number(t.margins[len(t.margins)/20]/4)
		t.Moved = pairs[t.Dataset].mostMoved(t.Direction)
		out = append(out, t.FlipBudget)
	}
	return out
}

// flipsOf are the queries whose top 1 or outcome at K is another, real ones first, the clearest
// first.
func flipsOf(own, ref outcomes, pairs map[string]*embeddingPair) []Flip {
	out, first := []Flip{}, map[outcomeKey]bool{}
	for _, key := range ref.order {
		was := ref.rows[key]
		now, ok := own.rows[key]
		e := pairs[key.dataset]
		if !ok || e == nil {
			continue
		}
		f := Flip{Dataset: key.dataset, Direction: key.direction, Query: key.query}
		if query := (outcomeKey{key.dataset, key.direction, "", key.query}); !first[query] && len(was.TopIDs) > 0 && len(now.TopIDs) > 0 {
			if first[query] = true; was.TopIDs[0] != now.TopIDs[0] {
				top := f
				top.Metric, top.Before, top.After = topOne, was.TopIDs[0], now.TopIDs[0]
				top.Margin = number(e.similarity(key.direction, key.query, top.Before, true) - e.similarity(key.direction, key.query, top.After, true))
				out = append(out, top)
			}
		}
		if was.MarginAtK != nil && was.Value != now.Value {
			f.Metric, f.Before, f.After, f.Margin = key.metric, outcome(was.Value), outcome(now.Value), number(math.Abs(*was.MarginAtK))
			out = append(out, f)
		}
	}
	drift := map[outcomeKey]number{}
	for i := range out {
		f := &out[i]
		key := outcomeKey{f.Dataset, f.Direction, "", f.Query}
		if _, ok := drift[key]; !ok {
			drift[key] = number(pairs[f.Dataset].queryDrift(f.Direction, f.Query))
		}
		f.Drift = drift[key]
		f.NearTie = f.Margin < f.Drift
	}
	slices.SortStableFunc(out, func(a, b Flip) int {
		return cmp.Or(cmp.Compare(count(a.NearTie), count(b.NearTie)), cmp.Compare(b.Margin, a.Margin))
	})
	return out
}

func outcome(value float64) string {
	if value == 1 {
		return "hit"
	}
	return "miss"
}
