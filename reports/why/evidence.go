package why

import (
	"cmp"
	"math"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// Evidence is everything that explain knows about a variant, as numbers and names. Scores and shares are
// in 0..1.
type Evidence struct {
	Variant   string           `json:"variant"`
	Reference string           `json:"reference"`
	Settings  []Setting        `json:"settings"` // settings that differ
	Drift     []facts.DriftRow `json:"drift"`
	Swaps     []facts.SwapRow  `json:"swaps"`
	Budgets   []FlipBudget     `json:"flip_budgets"` // empty for a run from before margins were stored
	Flips     []Flip           `json:"flips"`        // every query with another top 1 or another outcome at K
	Queries   []WorstQuery     `json:"worst_queries"`
	Items     []WorstItem      `json:"worst_items"`
	Layers    *store.Layers    `json:"layers,omitempty"` // set when explain --layers has looked at them
	Advice    Advice           `json:"-"`
}

// Setting is a setting in which the variant differs.
type Setting struct {
	Name      string `json:"name"`
	Reference string `json:"reference"`
	Variant   string `json:"variant"`
}

// FlipBudget is what the drift of a variant can have done to one R@K (eval/drift has the bounds and their
// proofs). Allowed is the budget: while every unit embedding drifts by less, no outcome can change.
// Allowed95 is the same for all but one query in twenty. Measured lies between Low and High.
type FlipBudget struct {
	Dataset   string       `json:"dataset"`
	Direction string       `json:"direction"`
	Metric    string       `json:"metric"`
	Queries   int          `json:"queries"`
	Certain   facts.Number `json:"certain"`
	Low       facts.Number `json:"low"`
	High      facts.Number `json:"high"`
	Measured  facts.Number `json:"measured"`
	Reference facts.Number `json:"reference"`
	Allowed   facts.Number `json:"allowed"`
	Allowed95 facts.Number `json:"allowed_95"`
	Moved     facts.Number `json:"moved"` // the largest move of a unit embedding among the queries and items
}

// Flip is a query that ended differently. For "top 1", Before and After are items, and Margin is how much
// the reference prefers its own item. For R@K they are hit and miss, and Margin is |margin at K|. A Flip
// is a near tie when Margin is below Drift, the mean |difference| of the query's similarities.
type Flip struct {
	Dataset   string       `json:"dataset"`
	Direction string       `json:"direction"`
	Metric    string       `json:"metric"`
	Query     string       `json:"query"`
	Before    string       `json:"before"`
	After     string       `json:"after"`
	Margin    facts.Number `json:"margin"`
	Drift     facts.Number `json:"drift"`
	NearTie   bool         `json:"near_tie"`
}

const TopOne = "top 1"

// WorstQuery is a query with the first items that both sides found. Its margins are those of the best
// relevant item over the best other item.
type WorstQuery struct {
	Dataset         string       `json:"dataset"`
	Direction       string       `json:"direction"`
	Query           string       `json:"query"`
	ReferenceMargin facts.Number `json:"reference_margin"`
	VariantMargin   facts.Number `json:"variant_margin"`
	ReferenceTop    []Hit        `json:"reference_top"`
	VariantTop      []Hit        `json:"variant_top"`
}

// Hit is an item that was found. Right is nil when the run is older than that field.
type Hit struct {
	ID         string       `json:"id"`
	Similarity facts.Number `json:"similarity"`
	Right      *bool        `json:"right"`
}

// WorstItem is a picture or text whose embedding turned far away.
type WorstItem struct {
	Dataset  string       `json:"dataset"`
	Modality string       `json:"modality"`
	ID       string       `json:"id"`
	Cosine   facts.Number `json:"cosine"`
}

// outcomeKey names a query's outcome in a metric.
type outcomeKey struct{ dataset, direction, metric, query string }

// outcomes holds one variant's rows of queries.parquet, in their order.
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
		t.good, t.was = t.good+Count(v.Value == 1), t.was+Count(was.Value == 1)
		t.hits, t.misses = t.hits+Count(*v.Certain && v.Value == 1), t.misses+Count(*v.Certain && v.Value == 0)
		if was.MarginAtK != nil {
			t.margins = append(t.margins, math.Abs(*was.MarginAtK))
		} else {
			t.margins = append(t.margins, 8) // fewer than K others: 8 makes the budget 2, and unit vectors are never farther apart
		}
	}
	out := make([]FlipBudget, 0, len(order))
	for _, t := range order {
		n := facts.Number(t.Queries)
		t.Certain, t.Low, t.High = facts.Number(t.hits+t.misses)/n, facts.Number(t.hits)/n, 1-facts.Number(t.misses)/n
		t.Measured, t.Reference = facts.Number(t.good)/n, facts.Number(t.was)/n
		slices.Sort(t.margins)
		t.Allowed, t.Allowed95 = facts.Number(t.margins[0]/4), facts.Number(t.margins[len(t.margins)/20]/4)
		t.Moved = pairs[t.Dataset].mostMoved(t.Direction)
		out = append(out, t.FlipBudget)
	}
	return out
}

// flipsOf are the queries with another top 1 or another outcome at K. Real flips come before near ties,
// and the clearest come first.
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
				top.Metric, top.Before, top.After = TopOne, was.TopIDs[0], now.TopIDs[0]
				top.Margin = facts.Number(e.similarity(key.direction, key.query, top.Before, true) - e.similarity(key.direction, key.query, top.After, true))
				out = append(out, top)
			}
		}
		if was.MarginAtK != nil && was.Value != now.Value {
			f.Metric, f.Before, f.After, f.Margin = key.metric, outcome(was.Value), outcome(now.Value), facts.Number(math.Abs(*was.MarginAtK))
			out = append(out, f)
		}
	}
	drift := map[outcomeKey]facts.Number{}
	for i := range out {
		f := &out[i]
		key := outcomeKey{f.Dataset, f.Direction, "", f.Query}
		if _, ok := drift[key]; !ok {
			drift[key] = facts.Number(pairs[f.Dataset].queryDrift(f.Direction, f.Query))
		}
		f.Drift = drift[key]
		f.NearTie = f.Margin < f.Drift
	}
	slices.SortStableFunc(out, func(a, b Flip) int {
		return cmp.Or(cmp.Compare(Count(a.NearTie), Count(b.NearTie)), cmp.Compare(b.Margin, a.Margin))
	})
	return out
}

func outcome(value float64) string {
	if value == 1 {
		return "hit"
	}
	return "miss"
}
