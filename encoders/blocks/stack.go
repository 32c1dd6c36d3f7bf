package blocks

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders/ort"
)

// Layer is a part of a tower that can be inspected while it runs.
type Layer struct {
	Name    string
	Kind    string // class and settings; "" when not reported
	Dtype   string // precision that it computes in
	Weights []string
	Leaf    bool // it contains no other layers
	Takes   bool // its input can be read and replaced
}

// Stack is a tower whose layers can be inspected and replaced. It is a tower of another runtime, or of a
// graph.
type Stack interface {
	Layers() []Layer
	// Run is a call with one item. Tensors are named by In, Out and Weight of a layer, and Embeds.
	Run(ctx context.Context, item int, put map[string]ort.Tensor, want []string) (map[string]ort.Tensor, error)
	Close() error
}

// Embeds is the final output of a tower.
const Embeds = "embeds"

// In is the input of a layer, and Out its output.
func In(layer string) string  { return "in/" + layer }
func Out(layer string) string { return "out/" + layer }

// Weight is a weight of a layer.
func Weight(layer, weight string) string { return "weight/" + layer + "." + weight }

// rung is a layer of the reference with the variant's matching layer. The last rung has no layer, and
// stands for what follows.
type rung struct {
	ref, own           Layer
	inner              []Layer // layers inside the reference's layer that the variant has under the same names
	innerOwn           []Layer
	byName             bool
	precision          string
	after, own1, final Drift
	swapped            []ort.Tensor // by item
}

// chain has the layers that follow each other: numbered blocks, and layers outside of them.
func chain(all []Layer) []Layer {
	var out []Layer
	for _, l := range all {
		key, prefix := numbered(l.Name)
		if key == "" && l.Leaf || key != "" && prefix == l.Name {
			out = append(out, l)
		}
	}
	return out
}

// ladder pairs layers by name, or else numbered blocks by their position.
func ladder(ref, own []Layer) ([]*rung, Matched, error) {
	a, b := chain(ref), chain(own)
	m := Matched{Of: len(a)}
	var out []*rung
	for _, x := range a {
		if at := slices.IndexFunc(b, func(y Layer) bool { return y.Name == x.Name }); at >= 0 {
			out = append(out, &rung{ref: x, own: b[at], byName: true})
		}
	}
	m.Name = len(out)
	if 2*len(out) < len(a) {
		out, m.Name = nil, 0
		isBlock := func(l Layer) bool { key, _ := numbered(l.Name); return key == "" }
		x, y := slices.DeleteFunc(slices.Clone(a), isBlock), slices.DeleteFunc(slices.Clone(b), isBlock)
		if len(x) != len(y) || len(x) < 2 {
			return nil, m, fmt.Errorf("%w: the reference has %d layers, of which %d are numbered blocks, the variant %d and %d", ErrFew, len(a), len(x), len(b), len(y))
		}
		for i := range x {
			out = append(out, &rung{ref: x[i], own: y[i]})
		}
		m.Place = len(out)
	}
	for _, r := range out {
		r.precision = lower(precisionOf(r.ref.Dtype), precisionOf(r.own.Dtype))
		for _, l := range own {
			if strings.HasPrefix(l.Name, r.own.Name+".") {
				r.precision = lower(r.precision, precisionOf(l.Dtype))
			}
			if l.Name != r.own.Name && !strings.HasPrefix(l.Name, r.own.Name+".") || !r.byName {
				continue
			}
			if at := slices.IndexFunc(ref, func(x Layer) bool { return x.Name == l.Name }); at >= 0 {
				r.inner, r.innerOwn = append(r.inner, ref[at]), append(r.innerOwn, l)
			}
		}
	}
	return out, m, nil
}

// precisionOf is our word for a type of values.
func precisionOf(dtype string) string {
	switch {
	case strings.Contains(dtype, "int8"):
		return precisionInt8
	case dtype == "float16" || dtype == "half" || dtype == precisionFP16:
		return precisionFP16
	case dtype == "bfloat16" || dtype == precisionBF16:
		return precisionBF16
	}
	return precisionFP32
}

func lower(a, b string) string {
	if rank(b) > rank(a) {
		return b
	}
	return a
}
