// Package inside looks into the towers of two opened variants, block by block.
package inside

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/blocks"
	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/encoders/remote"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
)

// Item is a picture's file or a text.
type Item struct {
	File []byte
	Text string
}

// Compare runs a tower of both variants on items, as the reference prepares them, so that only the models
// differ. A variant whose graph needs other pictures gets its own.
func Compare(ctx context.Context, ref, own *variants.Variant, tower string, items []Item, work blocks.Work) (store.LayerTower, error) {
	out := store.LayerTower{Tower: tower}
	if len(items) == 0 {
		return out, errors.New("the run has no items for this tower")
	}
	r, err := compareBlocks(ctx, ref, own, tower, items, work)
	out.Matched = store.LayerMatches(r.Matched)
	if err != nil {
		return out, err
	}
	fill(&out, r)
	return out, nil
}

// fill translates the result into the terms of the store.
func fill(out *store.LayerTower, r blocks.Result) {
	out.Drift, out.Precision = store.LayerNumber(r.Final), r.Least
	for _, b := range r.Blocks {
		share := 0.0
		switch {
		case math.IsInf(b.Drift, 0):
			share = b.Drift
		case r.Final > 0:
			share = b.Drift / r.Final
		}
		out.Blocks = append(out.Blocks, store.LayerBlock{
			Block: b.Name, Operator: b.Op, Precision: b.Precision, Drift: store.LayerNumber(b.Drift), DriftShare: store.LayerNumber(share),
			Own: store.LayerNumber(b.Own), OwnShare: store.LayerNumber(b.Share), Evidence: b.Evidence,
		})
	}
	if j := r.Found; j != nil {
		b := out.Blocks[j.Block]
		out.Jump = &store.LayerJump{Block: b.Block, Operator: j.Operator, OwnShare: b.OwnShare, Looks: j.Looks, Why: j.Why, Others: j.Others}
	}
}

// compareBlocks takes both graphs apart when both are graphs, and otherwise looks into running layers.
func compareBlocks(ctx context.Context, ref, own *variants.Variant, tower string, items []Item, work blocks.Work) (r blocks.Result, err error) {
	a, err := abilities(ctx, ref)
	if err != nil {
		return r, err
	}
	b, err := abilities(ctx, own)
	if err != nil {
		return r, err
	}
	if a.graphs != nil && b.graphs != nil {
		t := towers{tower: tower, ref: ref, own: own}
		pairs, err := t.pairs(ctx, items)
		if err != nil {
			return r, err
		}
		return blocks.Compare(ctx, t.refTower, t.ownTower, pairs, work)
	}
	var stacks [2]blocks.Stack
	defer func() {
		for _, s := range stacks {
			if s != nil {
				err = errors.Join(err, s.Close())
			}
		}
	}()
	for i, x := range []able{a, b} {
		if stacks[i], err = x.stack(ctx, ref, tower, items); err != nil {
			return r, fmt.Errorf("%s runs on %s: %w", x.v.Spec.Name, x.v.Spec.Runtime, err)
		}
	}
	return blocks.CompareStacks(ctx, stacks[0], stacks[1], len(items), work)
}

// able is a variant, and how its layers can be inspected.
type able struct {
	v      *variants.Variant
	graphs encoders.Inside
	layers remote.Looked
}

func abilities(ctx context.Context, v *variants.Variant) (able, error) {
	enc, err := v.Lazy.Open(ctx)
	if err != nil {
		return able{}, err
	}
	out := able{v: v}
	out.graphs, _ = encoders.As[encoders.Inside](enc)
	out.layers, _ = encoders.As[remote.Looked](enc)
	return out, nil
}

// stack is a tower whose layers can be inspected while it runs.
func (x able) stack(ctx context.Context, by *variants.Variant, tower string, items []Item) (blocks.Stack, error) {
	if x.graphs == nil && x.layers == nil {
		return nil, remote.ErrNoLayers
	}
	var px []encoders.Pixels
	var tk []encoders.Tokens
	for _, i := range items {
		if tower == store.TowerText {
			t, err := by.Tokens(ctx, []string{i.Text})
			if err != nil {
				return nil, err
			}
			tk = append(tk, t)
			continue
		}
		p, err := pixels(x.v, i.File, by, 1)
		if err != nil {
			return nil, err
		}
		px = append(px, p)
	}
	switch {
	case x.graphs == nil && tower == store.TowerText:
		return remote.TextStack(ctx, x.layers, tk)
	case x.graphs == nil:
		return remote.ImageStack(ctx, x.layers, px)
	}
	var t blocks.Tower
	var in []map[string]ort.Tensor
	for i := range items {
		var err error
		if tower == store.TowerText {
			t, err = x.graphs.TextTower(tk[i])
		} else {
			t, err = x.graphs.ImageTower(px[i])
		}
		if err != nil {
			return nil, err
		}
		if t.Fixed > 1 {
			return nil, fmt.Errorf("its graph takes only batches of %d, so it cannot be compared with layers of another runtime", t.Fixed)
		}
		in = append(in, t.Inputs)
	}
	return blocks.NewStack(t, in)
}

// pixels is n copies of a picture as one variant prepares it. A variant that needs other pictures prepares
// it itself.
func pixels(v *variants.Variant, file []byte, by *variants.Variant, n int) (encoders.Pixels, error) {
	if v.Info.Samples != by.Info.Samples || v.Info.ImageSize != by.Info.ImageSize {
		by = v
	}
	out := make([]float32, by.Pipe.Len())
	err := by.Pipe.Run(file, out, nil)
	return encoders.Pixels{N: n, Size: v.Info.ImageSize, Data: slices.Repeat(out, n)}, err
}

// towers is a pair of graphs.
type towers struct {
	tower              string
	ref, own           *variants.Variant
	refTower, ownTower blocks.Tower
}

// pairs are the inputs of both graphs. They have each item once, or as often as one of the graphs
// requires.
func (t *towers) pairs(ctx context.Context, items []Item) ([]blocks.Item, error) {
	var out []blocks.Item
	for _, i := range items {
		if err := t.make(ctx, i, 1); err != nil {
			return nil, err
		}
		if n := max(t.refTower.Fixed, t.ownTower.Fixed); n > 1 {
			if err := t.make(ctx, i, n); err != nil {
				return nil, err
			}
		}
		out = append(out, blocks.Item{Reference: t.refTower.Inputs, Variant: t.ownTower.Inputs})
	}
	return out, nil
}

func (t *towers) make(ctx context.Context, i Item, n int) (err error) {
	if t.refTower, err = t.one(ctx, t.ref, i, n); err == nil {
		t.ownTower, err = t.one(ctx, t.own, i, n)
	}
	return err
}

// one is a variant's graph with inputs that the reference prepared.
func (t *towers) one(ctx context.Context, v *variants.Variant, i Item, n int) (blocks.Tower, error) {
	x, err := abilities(ctx, v)
	if err != nil {
		return blocks.Tower{}, err
	}
	if t.tower == store.TowerText {
		tk, err := t.ref.Tokens(ctx, slices.Repeat([]string{i.Text}, n))
		if err != nil {
			return blocks.Tower{}, err
		}
		return x.graphs.TextTower(tk)
	}
	px, err := pixels(v, i.File, t.ref, n)
	if err != nil {
		return blocks.Tower{}, err
	}
	return x.graphs.ImageTower(px)
}
