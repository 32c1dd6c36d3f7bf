package compare

import (
	"math"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
)

// Budget is what HEAD's drift from BASE could have done to one R@K of a variant.
//
// A query keeps its outcome when its margin at K in BASE is larger than any change that the drift can
// make to the difference of two items' similarities. Every pair across the margin then keeps its order.
//
// Two bounds limit that change, and the smaller one counts. Both are for unit vectors. Package eval/drift
// has the proofs: the angle bound, which is no looser than the norm bound, and the pair bound by means.
// Let a and b be the angles by which the query t and the item that moved most have moved:
//
//	2 * 2 sin((a+b)/2)
//	2 (|t'-t| times spread + apart)
//
// The first bounds cos(x) - cos(x+a+b), which is 2 sin((a+b)/2) at most. The second is 2 |t'-t| spread
// when all items moved alike, however far. A rotation of all of HEAD's embeddings changes no similarity,
// so both bounds are tried again after the best rotation (rotated).
type Budget struct {
	Variant   string `json:"variant"`
	Dataset   string `json:"dataset"`
	Direction string `json:"direction"`
	Metric    string `json:"metric"`
	Queries   int    `json:"queries"`
	Uncertain int    `json:"uncertain"` // queries whose outcome the drift could have changed
	// Allowed is the flip budget. Nothing can change as long as every unit embedding moves by less than
	// this. It is a quarter of the least |margin at K|, and 0 when two items tie.
	Allowed float64 `json:"allowed"`
	Moved   float64 `json:"moved"` // the largest move of a unit embedding among these queries and items
}

// rounding is the error that margins and distances may have.
const rounding = 1e-12

// sides names the modalities of the queries and the items of each direction.
var sides = map[string][2]string{"t2i": {"text", "image"}, "i2t": {"image", "text"}, "i2i": {"image", "image"}}

// budgets computes all flip budgets. It needs the distances that drift has measured.
func (c *comparer) budgets() {
	rows := map[tableKey][]store.Query{}
	var order []tableKey
	for _, q := range c.base.Queries {
		if !strings.HasPrefix(q.Metric, "R@") || !c.both(q.Variant, q.Dataset) {
			continue
		}
		key := tableKey{q.Variant, q.Dataset, q.Direction, q.Metric}
		if rows[key] == nil {
			order = append(order, key)
		}
		rows[key] = append(rows[key], q)
	}
	for _, key := range order {
		at := sides[key.direction]
		queries, items := c.moved[moveKey{key.variant, key.dataset, at[0]}], c.moved[moveKey{key.variant, key.dataset, at[1]}]
		if queries == nil || items == nil || rows[key][0].TopHits == nil {
			continue // drift reports this problem itself; or the run is older than stored margins
		}
		b := budgetOf(key, rows[key], queries, items)
		if b.Uncertain > 0 {
			if t := c.rotated(key.variant, key.dataset); t != nil {
				b.Uncertain = open(rows[key], queries, items, t[at[0]], t[at[1]])
			}
		}
		c.out.Budgets = append(c.out.Budgets, b)
	}
}

func budgetOf(key tableKey, rows []store.Query, queries, items *moves) Budget {
	b := Budget{Variant: key.variant, Dataset: key.dataset, Direction: key.direction, Metric: key.metric, Queries: len(rows), Allowed: math.MaxFloat64}
	b.Moved = items.most()
	for _, q := range rows {
		b.Moved = max(b.Moved, queries.by[q.QueryID])
		if q.MarginAtK == nil {
			continue // fewer than K other items: always a hit
		}
		b.Allowed = min(b.Allowed, math.Abs(*q.MarginAtK)/4)
	}
	b.Uncertain = open(rows, queries, items, nil, nil)
	if b.Allowed == math.MaxFloat64 {
		b.Allowed = 2 // unit vectors are never farther apart than 2, so no query can change
	}
	return b
}

// open counts the queries whose outcome is still open: neither the moves as measured nor those after a
// rotation decide it.
func open(rows []store.Query, queries, items, rotatedQueries, rotatedItems *moves) (n int) {
	for _, q := range rows {
		if q.MarginAtK == nil {
			continue // fewer than K other items: always a hit
		}
		own, ok := queries.by[q.QueryID]
		if !ok {
			n++
			continue
		}
		by := items.beside(own)
		if rotatedItems != nil {
			by = min(by, rotatedItems.beside(rotatedQueries.by[q.QueryID]))
		}
		if by > 0 && !(math.Abs(*q.MarginAtK) > 2*(by+rounding)) {
			n++
		}
	}
	return n
}

// beside is half of the largest change of a margin between two items, for a query that moved by own.
func (m *moves) beside(own float64) float64 {
	if own == 0 && m.most() == 0 {
		return 0
	}
	angle := func(chord float64) float64 { return 2 * math.Asin(min(1, chord/2)) }
	arc := 2 * math.Sin(min(math.Pi, angle(own)+angle(m.most()))/2)
	return min(arc, own*m.spread+m.apart) + m.slack
}

func (m *moves) most() (most float64) {
	if m.farthest == nil {
		for _, by := range m.by {
			most = max(most, by)
		}
		m.farthest = &most
	}
	return *m.farthest
}

// moveKey names a table of embeddings.
type moveKey struct{ variant, dataset, modality string }

// unitDistance is the distance between the unit vectors of a and b. A vector of zeros has no unit vector
// and stands for itself.
func unitDistance(a, b []float32) float64 {
	var aa, bb float64
	same := true
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		aa, bb, same = aa+x*x, bb+y*y, same && a[i] == b[i]
	}
	if same {
		return 0
	}
	scale := func(v float32, sum float64) float64 {
		if sum == 0 {
			return 0
		}
		return float64(v) / math.Sqrt(sum)
	}
	var sum float64
	for i := range a {
		d := scale(b[i], bb) - scale(a[i], aa)
		sum += d * d
	}
	return math.Sqrt(sum)
}

// floor is the noise floor of HEAD's reference, as mean |a-b|. It is the largest difference among the
// reference's repetitions in other ways (stages floor:...), and nil when HEAD has none.
func (c *comparer) floor(dataset, modality string) *float64 {
	var out *float64
	for _, d := range c.head.Drift {
		if d.Dataset == dataset && d.Modality == modality && d.Stat == "mean_abs" && strings.HasPrefix(d.Stage, "floor:") && finite(d.Value) &&
			(out == nil || d.Value > *out) {
			v := d.Value
			out = &v
		}
	}
	return out
}
