package plan

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/fastclip/fastclip/encoders/blocks"
)

func root(v float64) float64 { return math.Sqrt(v) }

// step is a mix: which products stay in the reference's precision, by tower.
type step struct {
	keep    [2][]bool
	figures Figures // on the items to choose on
}

// unit is a product that can be kept, with what that brings and costs.
type unit struct {
	tower, product int
	relief, cost   float64
}

// mostSteps is how many mixes are run while choosing.
const mostSteps = 40

// choosePath keeps product after product, the one first that relieves most drift for its time, and runs
// the mixes until everything is kept.
func (p *planner) choosePath(ctx context.Context) error {
	if err := p.timeKinds(ctx); err != nil {
		return err
	}
	units := p.units()
	stride := max(1, (len(units)+mostSteps-1)/mostSteps)
	p.progress.Phase("choosing what to keep", len(units)/stride+2)
	keep := [2][]bool{make([]bool, len(p.towers[0].products)), make([]bool, len(p.towers[1].products))}
	var steps []step
	for k := 0; ; k++ {
		if k%stride == 0 || k == len(units) {
			s := step{keep: [2][]bool{slices.Clone(keep[0]), slices.Clone(keep[1])}}
			var err error
			if s.figures, err = p.mixed(ctx, s); err != nil {
				return err
			}
			steps = append(steps, s)
			p.progress.Add(1)
		}
		if k == len(units) {
			break
		}
		keep[units[k].tower][units[k].product] = true
	}
	p.pick(steps)
	return nil
}

// units are all products that can be kept, in the order in which they should be.
func (p *planner) units() []unit {
	var out []unit
	for a, t := range p.towers {
		seconds := t.seconds(p)
		for i, single := range t.best.singles {
			if t.best.takes[i] {
				out = append(out, unit{a, i, single * single / max(t.best.whole*t.best.whole, 1e-30), seconds[i]})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b unit) int { return cmp.Compare(b.relief/b.cost, a.relief/a.cost) })
	return out
}

// seconds are what each product saves an item: half of it by what its kind was seen to save, half by its share
// of all weights, for what a kind saves is at the mercy of the moment. None costs nothing to keep.
func (t *tower) seconds(p *planner) []float64 {
	out, values, saved := make([]float64, len(t.products)), map[string]int64{}, map[string]float64{}
	all, total := int64(0), 0.0
	for _, x := range t.products {
		values[x.Kind] += x.Values
		if x.Kind != blocks.KindEmbeddings {
			all += x.Values
		}
	}
	for _, c := range p.out.Costs {
		if c.Tower == t.name && c.Millis != nil {
			saved[c.Part] = max(c.Millis.Value, 0)
			if c.Part != blocks.KindEmbeddings {
				total += saved[c.Part]
			}
		}
	}
	for i, x := range t.products {
		out[i] = 1e-3*total + 1e-9 + saved[x.Kind]*float64(x.Values)/float64(max(values[x.Kind], 1))/2
		if x.Kind != blocks.KindEmbeddings {
			out[i] += total * float64(x.Values) / float64(max(all, 1)) / 2
		}
	}
	return out
}

// mixed are the figures of a mix on the items to choose on.
func (p *planner) mixed(ctx context.Context, s step) (Figures, error) {
	var got [2][]float32
	for a, t := range p.towers {
		on := make([]bool, len(t.products))
		for i, takes := range t.best.takes {
			on[i] = takes && !s.keep[a][i]
		}
		var err error
		if got[a], err = p.run(ctx, t, t.best, on); err != nil {
			return Figures{}, err
		}
	}
	i, t := p.towers[0], p.towers[1]
	return figuresOf(i.embeddings(got[0], p.choose.pictures), t.embeddings(got[1], p.choose.tokens.N), i.embeddings(i.want, p.choose.pictures), t.embeddings(t.want, p.choose.tokens.N)), nil
}

// shownShares are how much of the drift of everything is left in the steps that are shown besides the chosen.
var shownShares = []float64{0.75, 0.5, 0.25}

// pick takes the first step within the budget, and a few to compare it with.
func (p *planner) pick(steps []step) {
	int8 := Figures{Image: p.towers[0].int8, Text: p.towers[1].int8}
	at := slices.IndexFunc(steps, func(s step) bool { return p.margin().met(s.figures, int8) })
	if at < 0 {
		at = len(steps) - 1
	}
	show := map[int]bool{0: true, at: true, len(steps) - 1: true}
	most := relative(steps[0].figures, steps[0].figures)
	for _, share := range shownShares {
		if i := slices.IndexFunc(steps, func(s step) bool { return relative(s.figures, steps[0].figures) <= share*most }); i >= 0 {
			show[i] = true
		}
	}
	for i, s := range steps {
		if show[i] {
			p.out.steps = append(p.out.steps, s)
			if i == at {
				p.out.chosen = len(p.out.steps) - 1
			}
		}
	}
}

// margin is the budget with room for what items to judge on may drift more.
func (p *planner) margin() Budget {
	b := p.cfg.Budget
	if b.Kind == BudgetMeanAbs {
		b.Value *= 0.95
	}
	return b
}

// relative is the drift of both towers beside that of another mix.
func relative(f, all Figures) float64 {
	return (f.Image/max(all.Image, 1e-30) + f.Text/max(all.Text, 1e-30)) / 2
}

// timeKinds measures in turn what each kind of product saves, in the scheme that was taken: the tower with
// that kind alone in it beside the tower as it is.
func (p *planner) timeKinds(ctx context.Context) error {
	for a, t := range p.towers {
		kinds := blocks.KindsOf(t.products)
		p.progress.Phase("time by kind, "+t.name+" tower", len(kinds))
		for _, kind := range kinds {
			only := t.only(func(x blocks.Product) bool { return x.Kind == kind }, t.best.takes)
			if !slices.Contains(only, true) {
				p.progress.Add(1)
				continue
			}
			data, err := t.mix(t.best, only)
			if err != nil {
				return err
			}
			times, err := p.inTurn(ctx, a, [][]byte{t.ref.Data, data}, 300*time.Millisecond)
			if err != nil {
				return err
			}
			saved := saving(times[0], times[1])
			for i := range p.out.Costs {
				if c := &p.out.Costs[i]; c.Tower == t.name && c.Part == kind {
					c.Millis = &saved
				}
			}
			p.progress.Add(1)
		}
	}
	return nil
}

// mix is the tower with some products as a scheme computes them.
func (t *tower) mix(s *scheme, on []bool) ([]byte, error) {
	other := t.ref
	other.Data = s.file
	return blocks.Mixed(t.ref, other, t.products, on, false)
}
