package plan

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/blocks"
)

// mix is a tower in which some products stay in the reference's precision.
type mix struct {
	scheme *scheme // nil: all products stay
	keep   []bool
	drift  float64 // on the items to choose on
	cost   float64 // estimated ms per item

	file []byte
	ms   []float64           // per item, by round
	got  encoders.Embeddings // of the items to decide on
}

// unit is a product that can be kept, with its benefit and its cost.
type unit struct {
	product      int
	relief, cost float64
}

// paths finds mixes of each tower that are worth timing. In the best schemes it keeps product after
// product, first the one that removes most drift for its time.
func (p *planner) paths(ctx context.Context) error {
	for _, t := range p.towers {
		var all []*mix
		for _, s := range t.tried {
			path, err := p.path(ctx, t, s)
			if err != nil {
				return err
			}
			all = append(all, path...)
		}
		p.out.Interactions = append(p.out.Interactions, p.interaction(t, blocksOf(t.products)))
		whole := &mix{keep: slices.Repeat([]bool{true}, len(t.products)), cost: t.refMillis}
		t.mixes = append(thin(all, p.cfg.Budget.limit(t.int8), p.size.mixes-1), whole)
	}
	return nil
}

// scale estimates the drift of each product alone in a scheme. It takes the measured drift in the best scheme, and
// what the product's kind drifts in both.
func (t *tower) scale(s *scheme, costs []Cost) {
	s.singles = make([]float64, len(t.products))
	for i, x := range t.products {
		for _, c := range costs {
			if s.takes[i] && c.Tower == t.name && c.Part == x.Kind {
				s.singles[i] = c.Drift[s.name]
				if best := c.Drift[t.best.name]; best > 0 {
					s.singles[i] *= t.best.singles[i] / best
				}
			}
		}
	}
}

// path runs the mixes of a scheme, from the one that keeps nothing.
func (p *planner) path(ctx context.Context, t *tower, s *scheme) (out []*mix, err error) {
	if err := p.open1(ctx, t, s); err != nil {
		return nil, err
	}
	defer func() {
		if failed := s.close(); err == nil {
			err = failed
		}
	}()
	if s.name == schemeFP16 { // which products it takes changes little
		values, err := p.run(ctx, t, s, s.takes)
		if err != nil {
			return nil, err
		}
		m := &mix{scheme: s, keep: make([]bool, len(t.products)), cost: s.millis, drift: meanAbs(values, t.want)}
		return []*mix{m}, nil
	}
	tries := min(p.size.tried, len(t.products))
	if s == t.best {
		tries += len(t.products)
	}
	p.progress.Phase("choosing in "+s.name+", "+t.name+" tower", tries)
	if s == t.best {
		err = p.single(ctx, t, s)
	} else {
		t.scale(s, p.out.Costs)
	}
	if err != nil {
		return nil, err
	}
	units, seconds := t.units(s, p.out.Costs), t.millis(p.out.Costs)
	stride := max(1, (len(units)+p.size.tried-1)/p.size.tried)
	keep, cost := make([]bool, len(t.products)), s.millis
	for i, x := range t.products { // s.millis excludes embeddings
		if x.Kind == blocks.KindEmbeddings && s.takes[i] {
			cost -= seconds[i]
		}
	}
	for k := 0; k <= len(units); k++ {
		if k%stride == 0 && k < len(units) || k == 0 {
			m := &mix{scheme: s, keep: slices.Clone(keep), cost: cost}
			values, err := p.run(ctx, t, s, m.on())
			if err != nil {
				return nil, err
			}
			m.drift = meanAbs(values, t.want)
			out = append(out, m)
			p.progress.Add(1)
		}
		if k < len(units) {
			keep[units[k].product] = true
			cost += seconds[units[k].product]
		}
	}
	return out, nil
}

// on tells for each product whether the mix computes it as its scheme does.
func (m *mix) on() []bool {
	out := make([]bool, len(m.keep))
	for i := range out {
		out[i] = m.scheme != nil && m.scheme.takes[i] && !m.keep[i]
	}
	return out
}

// kept is the number of products that the mix keeps.
func (m *mix) kept() (n int) {
	for i, keep := range m.keep {
		if keep && (m.scheme == nil || m.scheme.takes[i]) {
			n++
		}
	}
	return n
}

// count is the number of items of a set that a tower takes.
func (p *planner) count(t *tower, s *items) int {
	if t.text {
		return s.tokens.N
	}
	return s.pictures
}

// units has all products of a scheme, in the order in which they should be kept.
func (t *tower) units(s *scheme, costs []Cost) []unit {
	var out []unit
	millis, all := t.millis(costs), 0.0
	for _, v := range millis {
		all += max(v, 0)
	}
	for i, single := range s.singles {
		if s.takes[i] { // a least cost keeps the order meaningful
			out = append(out, unit{i, single * single / max(s.whole*s.whole, 1e-30), max(millis[i], 1e-3*all+1e-9)})
		}
	}
	slices.SortStableFunc(out, func(a, b unit) int { return cmp.Compare(b.relief/b.cost, a.relief/a.cost) })
	return out
}

// millis is what each product saves per item. Half of it is by what its kind was measured to save. The
// other half is by the product's share of all weights, because the measured saving of a kind is noisy.
// Embeddings have only the measured part.
func (t *tower) millis(costs []Cost) []float64 {
	out, values, saved := make([]float64, len(t.products)), map[string]int64{}, map[string]float64{}
	all, total := int64(0), 0.0
	for _, x := range t.products {
		values[x.Kind] += x.Values
		if x.Kind != blocks.KindEmbeddings {
			all += x.Values
		}
	}
	for _, c := range costs {
		if c.Tower == t.name && c.Millis != nil {
			saved[c.Part] = c.Millis.Value
			if c.Part != blocks.KindEmbeddings {
				total += max(c.Millis.Value, 0)
			}
		}
	}
	for i, x := range t.products {
		share := float64(x.Values) / float64(max(values[x.Kind], 1))
		if x.Kind == blocks.KindEmbeddings {
			out[i] = saved[x.Kind] * share
			continue
		}
		out[i] = max(saved[x.Kind], 0)*share/2 + total*float64(x.Values)/float64(max(all, 1))/2
	}
	return out
}

// thin takes the mixes that no other beats in drift and time. When there are many, it takes those around
// the limit of drift and some others spaced apart.
func thin(all []*mix, limit float64, most int) []*mix {
	var front []*mix
	for _, m := range all {
		if !slices.ContainsFunc(all, func(o *mix) bool {
			return o.drift <= m.drift && o.cost <= m.cost && (o.drift < m.drift || o.cost < m.cost)
		}) {
			front = append(front, m)
		}
	}
	slices.SortFunc(front, func(a, b *mix) int { return cmp.Compare(b.drift, a.drift) })
	if len(front) <= most {
		return front
	}
	take := map[int]bool{0: true}
	if at := slices.IndexFunc(front, func(m *mix) bool { return m.drift <= limit }); at >= 0 {
		for i := max(0, at-2); i < min(len(front), at+3); i++ {
			take[i] = true
		}
	}
	// Take the rest at equal ratios of drift.
	high, low := math.Log(front[0].drift+1e-30), math.Log(front[len(front)-1].drift+1e-30)
	for n := most - len(take); n > 0 && len(take) < most; n-- {
		want := low + (high-low)*float64(n-1)/float64(most)
		best := -1
		for i, m := range front {
			if d := math.Abs(math.Log(m.drift+1e-30) - want); !take[i] && (best < 0 || d < math.Abs(math.Log(front[best].drift+1e-30)-want)) {
				best = i
			}
		}
		take[best] = true
	}
	var out []*mix
	for i, m := range front {
		if take[i] {
			out = append(out, m)
		}
	}
	return out
}
