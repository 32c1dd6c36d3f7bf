package plan

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/blocks"
)

// mix is a tower of which some products stay in the reference's precision.
type mix struct {
	scheme *scheme // nil: all of them stay
	keep   []bool
	drift  float64 // on the items to choose on
	cost   float64 // estimated ms an item

	file []byte
	ms   []float64              // an item, by round
	got  [2]encoders.Embeddings // of the items to choose on, and to decide on
}

// unit is a product that can be kept, with what that brings and costs.
type unit struct {
	product      int
	relief, cost float64
}

const (
	mostPath  = 30 // mixes of a scheme that are run
	mostMixes = 9  // of a tower that are timed, with those of all schemes
)

// paths finds mixes of each tower worth timing: in the best schemes, product after product is kept, the one
// first that relieves most drift for its time.
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
		whole.got[0] = t.embeddings(t.want, p.count(t, &p.choose))
		t.mixes = append(thin(all, p.cfg.Budget.limit(t.int8), mostMixes-1), whole)
	}
	return nil
}

// path runs the mixes of a scheme, from nothing kept on.
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
		m.got[0] = t.embeddings(values, p.count(t, &p.choose))
		return []*mix{m}, nil
	}
	p.progress.Phase("choosing in "+s.name+", "+t.name+" tower", len(t.products)+mostPath)
	if err := p.single(ctx, t, s); err != nil {
		return nil, err
	}
	units, seconds := t.units(s, p.out.Costs), t.millis(p.out.Costs)
	stride := max(1, (len(units)+mostPath-1)/mostPath)
	keep, cost := make([]bool, len(t.products)), s.millis
	for i, x := range t.products { // s.millis is without embeddings
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
			m.drift, m.got[0] = meanAbs(values, t.want), t.embeddings(values, p.count(t, &p.choose))
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

// on are the products that the mix computes as its scheme does.
func (m *mix) on() []bool {
	out := make([]bool, len(m.keep))
	for i := range out {
		out[i] = m.scheme != nil && m.scheme.takes[i] && !m.keep[i]
	}
	return out
}

// count is how many items of a set a tower takes.
func (p *planner) count(t *tower, s *items) int {
	if t.text {
		return s.tokens.N
	}
	return s.pictures
}

// units are all products of a scheme, in the order in which they should be kept.
func (t *tower) units(s *scheme, costs []Cost) []unit {
	var out []unit
	millis, all := t.millis(costs), 0.0
	for _, v := range millis {
		all += max(v, 0)
	}
	for i, single := range s.singles {
		if s.takes[i] { // none is so cheap that the order means nothing
			out = append(out, unit{i, single * single / max(s.whole*s.whole, 1e-30), max(millis[i], 1e-3*all+1e-9)})
		}
	}
	slices.SortStableFunc(out, func(a, b unit) int { return cmp.Compare(b.relief/b.cost, a.relief/a.cost) })
	return out
}

// millis are what each product saves an item: half of it by what its kind was seen to save, half by its
// share of all weights, for what a kind saves is at the mercy of the moment. Embeddings have only what was seen.
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

// thin takes the mixes that no other beats in drift and time, and of many those around the limit of drift
// and some apart from each other.
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
		for i := max(0, at-1); i < min(len(front), at+4); i++ {
			take[i] = true
		}
	}
	// The rest by equal ratios of drift.
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
