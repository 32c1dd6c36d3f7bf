package plan

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/fastclip/fastclip/encoders/blocks"
)

// mostTried is the largest number of 8-bit schemes of a tower that are tried product by product.
const mostTried = 2

// timeParts times the schemes of each tower in turn and takes the promising ones. In the best scheme it
// measures what each kind of product saves.
func (p *planner) timeParts(ctx context.Context) error {
	for a, t := range p.towers {
		var made []*scheme
		files := [][]byte{t.ref.Data}
		for _, name := range schemes {
			s := t.schemes[name]
			if s == nil {
				continue
			}
			on := t.matrices(s)
			if name == schemeFP16 {
				on = s.takes
			}
			data, err := s.mixer.Mixed(on, false)
			if err != nil {
				return err
			}
			made, files = append(made, s), append(files, data)
		}
		p.progress.Phase("timing schemes in turn, "+t.name+" tower", 1)
		times, err := p.inTurn(ctx, a, files, 2*time.Second, nil)
		if err != nil {
			return err
		}
		p.progress.Add(1)
		base := times[1+slices.Index(made, t.schemes[schemeInt8])]
		t.refMillis = median(times[0]).Value
		for i, s := range made {
			s.millis, s.time = median(times[1+i]).Value, ratio(base, times[1+i])
			p.out.Wholes = append(p.out.Wholes, Whole{Tower: t.name, Scheme: s.name, Drift: s.plain, Bytes: int64(len(files[1+i])), Time: s.time})
		}
		t.try(made)
		if err := p.timeKinds(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// try takes the 8-bit scheme that drifts least, and those that drift more but take less time.
func (t *tower) try(made []*scheme) {
	made = slices.DeleteFunc(slices.Clone(made), func(s *scheme) bool { return s.name == schemeFP16 })
	slices.SortStableFunc(made, func(a, b *scheme) int { return cmp.Compare(a.plain, b.plain) })
	t.best = made[0]
	for _, s := range made {
		if len(t.tried) < mostTried && (len(t.tried) == 0 || s.millis < t.tried[len(t.tried)-1].millis) {
			t.tried = append(t.tried, s)
		}
	}
	if half := t.schemes[schemeFP16]; half != nil {
		t.tried = append(t.tried, half)
	}
}

// timeKinds measures in turn what each kind of product saves, in the scheme that drifts least. It compares
// the towers with only one kind changed to the unchanged tower.
func (p *planner) timeKinds(ctx context.Context, a int) error {
	t := p.towers[a]
	p.progress.Phase("time by kind, "+t.name+" tower", 1)
	files, kinds := [][]byte{t.ref.Data}, []string{""}
	for _, kind := range blocks.KindsOf(t.products) {
		only := t.only(func(x blocks.Product) bool { return x.Kind == kind }, t.best.takes)
		if !slices.Contains(only, true) {
			continue
		}
		data, err := t.best.mixer.Mixed(only, false)
		if err != nil {
			return err
		}
		files, kinds = append(files, data), append(kinds, kind)
	}
	times, err := p.inTurn(ctx, a, files, 2*time.Second, nil)
	if err != nil {
		return err
	}
	for i := range p.out.Costs {
		c := &p.out.Costs[i]
		if at := slices.Index(kinds, c.Part); c.Tower == t.name && at > 0 {
			saved := saving(times[0], times[at])
			c.Millis = &saved
		}
	}
	p.progress.Add(1)
	return nil
}
