package blocks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders/onnxgraph"
)

// Result says where two towers part.
type Result struct {
	Matched Matched
	Blocks  []BlockResult
	Final   float64 // of the embedding: mean |a-b| as a share of mean |b|
	Found   *Finding
	Least   string // lowest precision among the variant's blocks
}

// BlockResult is the line of a block. Drift and Own are shares of the tensor's size.
type BlockResult struct {
	Name, Op  string
	Precision string
	Drift     float64 // after the block, in the whole variant
	Own       float64 // after the block, given the reference's input
	Share     float64 // share of the final drift when only this block is the variant's
	Effect    float64 // the same as a share of the embedding
	Evidence  string  // what differs in its operators or weights
}

// Finding is the first block at which drift jumps.
type Finding struct {
	Block    int
	Operator string
	Looks    string // one of the words below
	Why      string
	Others   []string // further blocks at which drift jumps
}

// The kinds of findings.
const (
	LooksPrecision = "precision"
	LooksOperator  = "a changed operator"
	LooksWeights   = "changed weights"
	LooksUntold    = "something that neither its operators nor its weights show"
)

// evidence is what the files say about a block.
type evidence struct {
	facts
	operators string
	weights   []changedWeight
}

// Compare takes the graphs of two towers apart and runs their blocks on items. The error is ErrFew for graphs that have too little in common.
func Compare(ctx context.Context, reference, variant Tower, items []Item, work Work) (Result, error) {
	r, v, err := newSides(reference, variant)
	if err != nil {
		return Result{}, err
	}
	p, err := newPair(r, v)
	out := Result{Matched: p.match.count}
	if err != nil {
		return out, err
	}
	work.begin(len(items) + len(p.parts))
	parts, final, err := p.measure(ctx, items, work.done)
	if err != nil {
		return out, err
	}
	out.Final, out.Least = final.Relative(), precisionFP32
	told := make([]evidence, len(p.parts))
	for i, x := range p.parts {
		if told[i], err = p.told(x); err != nil {
			return out, err
		}
		if rank(told[i].precision) > rank(out.Least) {
			out.Least = told[i].precision
		}
		b := BlockResult{Name: x.Name, Op: x.Op, Precision: told[i].precision, Drift: parts[i].After.Relative(), Own: parts[i].Own.Relative(), Effect: parts[i].Final.Relative(), Evidence: told[i].String()}
		if out.Final > 0 && !math.IsInf(out.Final, 0) {
			b.Share = parts[i].Final.Relative() / out.Final
		} else if math.IsInf(out.Final, 0) && math.IsInf(parts[i].Final.Relative(), 0) {
			b.Share = 1
		}
		out.Blocks = append(out.Blocks, b)
	}
	out.Found, err = p.find(ctx, out.Blocks, told, items)
	return out, err
}

func rank(precision string) int {
	return slices.Index([]string{precisionFP32, precisionBF16, precisionFP16, precisionInt8}, precision)
}

// told is what the files say about a part.
func (p *pair) told(x part) (evidence, error) {
	nodes := p.v.between(p.theirs(x.ends), p.before(x.from))
	e := evidence{facts: p.v.factsOf(nodes)}
	e.operators = otherOperators(p.r.factsOf(x.nodes), e.facts)
	var err error
	e.weights, err = p.changedWeights(x, nodes)
	if len(e.weights) > 0 && e.operators == "" && p.r.masks(x.ends) {
		e.operators = "the mask has other values"
	}
	return e, err
}

// masks tells whether one of the tensors is added to the input of a softmax.
func (s *side) masks(tensors []string) bool {
	for _, n := range s.graph.Nodes {
		if n.Op != "Softmax" {
			continue
		}
		added := s.graph.Maker(n.Inputs[0])
		if added == nil || added.Op != "Add" && added.Op != "Where" {
			continue
		}
		for _, in := range added.Inputs {
			for m := s.graph.Maker(in); m != nil && m.Op == "Cast"; m = s.graph.Maker(in) {
				in = m.Inputs[0]
			}
			if slices.Contains(tensors, in) {
				return true
			}
		}
	}
	return false
}

// between are the nodes that compute tensors, back to where stop says.
func (s *side) between(tensors []string, stop func(string) bool) []*onnxgraph.Node {
	computed := s.graph.Computed(tensors, stop)
	var out []*onnxgraph.Node
	for _, n := range s.graph.Nodes {
		if slices.ContainsFunc(n.Outputs, func(t string) bool { return computed[t] }) {
			out = append(out, n)
		}
	}
	return out
}

func (e evidence) String() string {
	var out []string
	if e.operators != "" {
		out = append(out, e.operators)
	}
	for _, w := range e.weights {
		out = append(out, w.name+": "+w.how)
	}
	if len(out) > 4 {
		out = append(out[:3], fmt.Sprintf("%d more", len(out)-3))
	}
	return strings.Join(out, "; ")
}

// does is how much a block changes, in its tensor or in the embedding. Both matter, because the pooled
// part may be small in a tensor that other rows make large.
func (b BlockResult) does() float64 { return max(b.Own, b.Effect) }

// noise holds two limits for each precision. alone is the largest share of a block's tensor that the
// precision alone can change. least is certainly more than the noise of adding in another order.
var noise = map[string]struct{ alone, least float64 }{
	precisionFP32: {1e-5, 1e-6}, precisionFP16: {8e-3, 1e-4}, precisionBF16: {6e-2, 1e-3}, precisionInt8: {0.3, 1e-3},
}

// find finds the first block at which drift jumps. Drift jumps when it grows by more than the block's
// precision explains, or when operators or weights differ and have an effect.
func (p *pair) find(ctx context.Context, blocks []BlockResult, told []evidence, items []Item) (*Finding, error) {
	common := 0
	for _, e := range told {
		if len(e.weights) > 0 {
			common++
		}
	}
	var jumps []int
	for i, b := range blocks {
		limit, does := noise[b.Precision], b.does()
		few := b.Precision == precisionFP32 || 2*common <= len(blocks) // weights of all blocks may be folded into others
		switch {
		case math.IsInf(b.Own, 0), does > limit.alone:
		case does > limit.least && told[i].operators != "":
		case does > limit.least && few && len(told[i].weights) > 0:
		default:
			continue
		}
		jumps = append(jumps, i)
	}
	if len(jumps) == 0 {
		return nil, nil
	}
	at := jumps[0]
	f := &Finding{Block: at, Looks: LooksUntold}
	for _, i := range jumps[1:] {
		f.Others = append(f.Others, blocks[i].Name)
	}
	ops, err := p.zoom(ctx, p.parts[at], items[:min(len(items), 4)])
	if err != nil && !errors.Is(err, ErrFew) {
		return nil, err
	}
	worst := slices.MaxFunc(append(ops, operator{}), func(a, b operator) int { return cmp.Compare(a.Own.Relative(), b.Own.Relative()) })
	for _, o := range ops { // the first that breaks, not those that inherit the error
		if math.IsInf(o.Own.Relative(), 0) {
			worst = o
			break
		}
	}
	f.Operator = worst.Name
	if f.judge(blocks[at], told[at]); f.Looks == LooksUntold && worst.Op != "" {
		f.Looks, f.Why = LooksOperator, worst.Op+" gives other values for the same input"
	}
	return f, nil
}

// judge decides from its files what a block looks like.
func (f *Finding) judge(b BlockResult, e evidence) {
	switch {
	case math.IsInf(b.Own, 0) && (e.precision != precisionFP32 || len(e.weights) == 0):
		f.Looks, f.Why = LooksPrecision, e.precision+" overflows: values are infinite or NaN"
	case e.operators != "":
		f.Looks, f.Why = LooksOperator, e.operators
	case len(e.weights) > 0:
		f.Looks, f.Why, f.Operator = LooksWeights, e.String(), strings.TrimSuffix(strings.TrimSuffix(e.weights[0].name, ".weight"), ".bias")
	case e.precision != precisionFP32:
		f.Looks, f.Why = LooksPrecision, e.precision
	}
}
