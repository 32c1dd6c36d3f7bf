package blocks

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/fastclip/fastclip/encoders/ort"
)

// climb is a pair of stacks with corresponding layers.
type climb struct {
	ref, own Stack
	rungs    []*rung
	want     []map[string]ort.Tensor // the reference's outputs, by item
	each     func()
}

// CompareStacks runs two towers layer by layer on items. As in Compare for graphs, each layer of the
// variant gets the reference's input, and the reference continues with the layer's output.
func CompareStacks(ctx context.Context, ref, own Stack, items int, work Work) (Result, error) {
	rungs, matched, err := ladder(ref.Layers(), own.Layers())
	out := Result{Matched: matched, Least: precisionFP32}
	if err != nil {
		return out, err
	}
	work.begin(items + len(rungs) + 1)
	c := &climb{ref: ref, own: own, rungs: rungs, each: work.done}
	final, err := c.whole(ctx, items)
	if err != nil {
		return out, err
	}
	if dropped := len(rungs) - len(c.rungs); out.Matched.Name > 0 {
		out.Matched.Name -= dropped
	} else {
		out.Matched.Place -= dropped
	}
	last := c.rungs[len(c.rungs)-1]
	c.rungs = append(c.rungs, &rung{ref: Layer{Name: "behind " + last.ref.Name}, precision: last.precision, after: final})
	for k := range c.rungs {
		if err := c.rung(ctx, k, items); err != nil {
			return out, err
		}
	}
	out.Final = final.Relative()
	for _, r := range c.rungs {
		out.Least = lower(out.Least, r.precision)
	}
	return out, c.told(ctx, &out)
}

// whole runs both towers, and drops layers whose tensors have different shapes.
func (c *climb) whole(ctx context.Context, items int) (final Drift, err error) {
	var ours, theirs []string
	for _, r := range c.rungs {
		ours, theirs = append(ours, Out(r.ref.Name)), append(theirs, Out(r.own.Name))
	}
	var got []map[string]ort.Tensor
	for i := range items {
		a, err := c.ref.Run(ctx, i, nil, append(ours, Embeds))
		if err != nil {
			return final, fmt.Errorf("reference: %w", err)
		}
		b, err := c.own.Run(ctx, i, nil, append(theirs, Embeds))
		if err != nil {
			return final, fmt.Errorf("variant: %w", err)
		}
		c.want, got = append(c.want, a), append(got, b)
		final.add(b[Embeds].Float32, a[Embeds].Float32)
		c.each()
	}
	c.rungs = slices.DeleteFunc(c.rungs, func(r *rung) bool {
		for i := range items {
			if !slices.Equal(c.want[i][Out(r.ref.Name)].Shape, got[i][Out(r.own.Name)].Shape) {
				return true
			}
		}
		return false
	})
	if len(c.rungs) < 2 {
		return final, fmt.Errorf("%w: tensors of other shapes", ErrFew)
	}
	for _, r := range c.rungs {
		for i := range items {
			r.after.add(got[i][Out(r.own.Name)].Float32, c.want[i][Out(r.ref.Name)].Float32)
		}
	}
	return final, nil
}

// rung runs a layer of the variant on the reference's input, and the reference on that layer's output.
func (c *climb) rung(ctx context.Context, k, items int) error {
	r := c.rungs[k]
	end := k == len(c.rungs)-1
	ours, theirs := Out(r.ref.Name), Out(r.own.Name)
	if end {
		ours, theirs = Embeds, Embeds
	}
	for i := range items {
		before := map[string]ort.Tensor{}
		for _, b := range c.rungs[:k] {
			before[Out(b.own.Name)] = c.want[i][Out(b.ref.Name)]
		}
		got, err := c.own.Run(ctx, i, before, []string{theirs})
		if err != nil {
			return fmt.Errorf("variant, %s: %w", r.ref.Name, err)
		}
		r.swapped = append(r.swapped, got[theirs])
		r.own1.add(got[theirs].Float32, c.want[i][ours].Float32)
	}
	for i := range items {
		switch {
		case end:
			r.final = r.own1
		case r.own1.Relative() != 0:
			got, err := c.ref.Run(ctx, i, map[string]ort.Tensor{ours: r.swapped[i]}, []string{Embeds})
			if err != nil {
				return fmt.Errorf("reference behind %s: %w", r.ref.Name, err)
			}
			r.final.add(got[Embeds].Float32, c.want[i][Embeds].Float32)
		}
	}
	r.swapped = nil
	c.each()
	return nil
}

// told fills in the blocks and finds the first at which drift jumps.
func (c *climb) told(ctx context.Context, out *Result) error {
	var jumps []int
	var all []evidence
	for i, r := range c.rungs {
		b := BlockResult{Name: r.ref.Name, Precision: r.precision, Drift: r.after.Relative(), Own: r.own1.Relative(), Effect: r.final.Relative()}
		if out.Final > 0 {
			b.Share = shareOf(r.final.Relative(), out.Final)
		}
		e := evidence{facts: facts{precision: r.precision}, operators: r.otherKinds()}
		limit := noise[r.precision]
		if b.does() > limit.least {
			var err error
			if e.weights, err = c.otherWeights(ctx, r); err != nil {
				return err
			}
		}
		b.Evidence = e.String()
		// What is between two inspected layers may have the lowest precision in the tower.
		if b.does() > noise[out.Least].alone || b.does() > limit.least && b.Evidence != "" {
			jumps = append(jumps, i)
		}
		out.Blocks, all = append(out.Blocks, b), append(all, e)
	}
	if len(jumps) == 0 {
		return nil
	}
	at := jumps[0]
	f := &Finding{Block: at, Looks: LooksUntold}
	for _, i := range jumps[1:] {
		f.Others = append(f.Others, out.Blocks[i].Name)
	}
	worst, err := c.zoom(ctx, c.rungs[at])
	if err != nil {
		return err
	}
	f.Operator = worst
	f.judge(out.Blocks[at], all[at])
	if f.Looks == LooksUntold && worst != "" {
		f.Looks, f.Why = LooksOperator, worst+" gives other values for the same input"
	}
	out.Found = f
	return nil
}

func shareOf(part, whole float64) float64 {
	switch {
	case !math.IsInf(whole, 0):
		return part / whole
	case math.IsInf(part, 0):
		return 1
	}
	return 0
}
