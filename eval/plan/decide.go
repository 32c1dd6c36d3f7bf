package plan

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/ort"
)

// combo is a pair of mixes, one for each tower.
type combo struct {
	mixes   [2]*mix
	figures Figures  // on the items to decide on
	ms      Interval // for a picture and a text
	time    Interval // as a share of int8's
	left    float64  // drift relative to int8's, the mean of both towers
	kept    int      // products in the original's precision
	unsure  bool     // items of the decision differ so much that others may be over the budget
}

// Decision is the evidence for the choice. The choice used these figures, so they are no measure of its
// quality.
type Decision struct {
	Figures
	Time Interval `json:"of_int8"`
	Met  bool     `json:"budget_met"`
	Fits bool     `json:"time_met"` // the interval of its time is within the limit
}

// decideOn times the mixes of both towers in turn, and runs them on the items to decide on. From all pairs
// that are within the budget and the time, it takes the fastest.
func (p *planner) decideOn(ctx context.Context) error {
	var base [2]*mix // int8 as models derive makes it
	var refs [2]encoders.Embeddings
	for a, t := range p.towers {
		int8 := t.schemes[schemeInt8]
		base[a] = &mix{scheme: int8, keep: make([]bool, len(t.products))}
		for i, on := range t.matrices(int8) {
			base[a].keep[i] = !on
		}
		all := append([]*mix{base[a]}, t.mixes...)
		if err := p.timeMixes(ctx, a, all); err != nil {
			return err
		}
		refs[a] = t.mixes[len(t.mixes)-1].got
	}
	int8 := figuresOf(base[0].got, base[1].got, refs[0], refs[1])
	baseTime := sums(base[0].ms, base[1].ms)
	var all []combo
	for _, i := range p.towers[0].mixes {
		for _, t := range p.towers[1].mixes {
			c := combo{mixes: [2]*mix{i, t}}
			took := sums(i.ms, t.ms)
			c.ms, c.time = median(took), ratio(baseTime, took)
			c.figures = figuresOf(i.got, t.got, refs[0], refs[1])
			c.left, c.kept = left(c.figures, int8), i.kept()+t.kept()
			for a, m := range c.mixes {
				c.unsure = c.unsure || !p.cfg.Budget.sure(drifts(m.got, refs[a]), drifts(base[a].got, refs[a]))
			}
			all = append(all, c)
		}
	}
	at := p.pick(all, int8)
	p.show(all, at)
	c := all[at]
	p.out.Decision = Decision{Figures: c.figures, Time: c.time, Met: p.met(c, int8), Fits: p.out.Fits(c.time.High)}
	return nil
}

// met tells whether a pair is within the budget on the items to decide on, with some room for other items. The
// items to choose on are few, and led to the mixes, so they have no say.
func (p *planner) met(c combo, int8 Figures) bool {
	return !c.unsure && p.cfg.Budget.margin().met(c.figures, int8)
}

// alike is the share of time by which a pair may be slower than the fastest one and still counts as fast.
const alike = 0.01

// pick chooses a pair. It takes the fastest pair within budget and time, and of pairs that are about as fast
// the one that keeps fewest products. Pairs whose whole interval of time fits come before pairs whose median
// alone fits. When none fits the time, it takes the fastest within the budget.
func (p *planner) pick(all []combo, int8 Figures) int {
	ranks, rank, fastest := make([]int, len(all)), 0, 0.0
	for i, c := range all[:len(all)-1] { // the last keeps everything
		switch {
		case !p.met(c, int8):
			continue
		case p.out.Fits(c.time.High):
			ranks[i] = 3
		case p.out.Fits(c.time.Value):
			ranks[i] = 2
		default:
			ranks[i] = 1
		}
		if ranks[i] > rank || ranks[i] == rank && c.time.Value < fastest {
			rank, fastest = ranks[i], c.time.Value
		}
	}
	best := -1
	for i, c := range all {
		if rank > 0 && ranks[i] == rank && c.time.Value <= fastest*(1+alike) && (best < 0 || c.kept < all[best].kept) {
			best = i
		}
	}
	if best < 0 {
		return len(all) - 1 // keep everything
	}
	return best
}

// shownSteps is the number of pairs in the table besides the chosen pair and the one that keeps
// everything.
const shownSteps = 5

// show takes the chosen pair. It also takes some pairs that no other beats in drift and time, spaced
// apart.
func (p *planner) show(all []combo, chosen int) {
	var front []int
	for i, c := range all {
		if !slices.ContainsFunc(all, func(o combo) bool {
			return o.left <= c.left && o.time.Value <= c.time.Value && (o.left < c.left || o.time.Value < c.time.Value)
		}) {
			front = append(front, i)
		}
	}
	slices.SortFunc(front, func(a, b int) int { return cmp.Compare(all[a].time.Value, all[b].time.Value) })
	shown := []int{chosen, len(all) - 1}
	for k := range min(shownSteps, len(front)) {
		shown = append(shown, front[k*(len(front)-1)/max(min(shownSteps, len(front))-1, 1)])
	}
	slices.SortFunc(shown, func(a, b int) int { return cmp.Compare(all[a].time.Value, all[b].time.Value) })
	for _, i := range slices.Compact(shown) {
		if i == chosen {
			p.chosen = len(p.combos)
		}
		p.combos = append(p.combos, all[i])
	}
}

// timeMixes makes the files of a tower's mixes, times them in turn and runs them on the items to decide on.
func (p *planner) timeMixes(ctx context.Context, a int, all []*mix) error {
	t := p.towers[a]
	var files [][]byte
	for _, m := range all {
		if m.file == nil {
			var err error
			if m.file, err = t.file(m); err != nil {
				return err
			}
		}
		files = append(files, m.file)
	}
	p.progress.Phase("timing mixes in turn, "+t.name+" tower", 1)
	times, err := p.inTurn(ctx, a, files, 5*time.Second, func(i int, q *ort.Probe) (err error) {
		all[i].got, err = p.encode(ctx, a, q, &p.decide)
		return err
	})
	for i, m := range all {
		if err == nil {
			m.ms = times[i]
		}
	}
	p.progress.Add(1)
	return err
}

// file is the tower's file for a mix.
func (t *tower) file(m *mix) ([]byte, error) {
	if m.scheme == nil {
		return t.ref.Data, nil
	}
	return m.scheme.mixer.Mixed(m.on(), false)
}

// left is the drift of both towers relative to another's.
func left(f, all Figures) float64 {
	return (f.Image/max(all.Image, 1e-30) + f.Text/max(all.Text, 1e-30)) / 2
}

// sums adds the rounds of two towers.
func sums(a, b []float64) []float64 {
	out := make([]float64, min(len(a), len(b)))
	for i := range out {
		out[i] = a[i] + b[i]
	}
	return out
}
