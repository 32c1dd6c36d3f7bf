package blocks

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders/onnxgraph"
	"github.com/fastclip/fastclip/encoders/ort"
)

// otherKinds names the layers of a block that have another class or other settings.
func (r *rung) otherKinds() string {
	var out []string
	for i, x := range r.inner {
		y := r.innerOwn[i]
		if x.Kind == "" || y.Kind == "" || x.Kind == y.Kind || precisionOf(y.Dtype) == precisionInt8 || !x.Leaf && !y.Leaf {
			continue
		}
		out = append(out, fmt.Sprintf("%s for %s in %s", y.Kind, x.Kind, strings.TrimPrefix(x.Name, r.ref.Name+".")))
	}
	return strings.Join(out, "; ")
}

// otherWeights compares those weights of a block that both towers have under the same names.
func (c *climb) otherWeights(ctx context.Context, r *rung) ([]changedWeight, error) {
	var out []changedWeight
	for i, x := range r.inner {
		y := r.innerOwn[i]
		if precisionOf(y.Dtype) == precisionInt8 || precisionOf(x.Dtype) == precisionInt8 {
			continue
		}
		for _, w := range x.Weights {
			if !slices.Contains(y.Weights, w) {
				continue
			}
			name := Weight(x.Name, w)
			a, err := c.ref.Run(ctx, 0, nil, []string{name})
			if err != nil {
				return nil, err
			}
			b, err := c.own.Run(ctx, 0, nil, []string{name})
			if err != nil {
				return nil, err
			}
			want, got := a[name], b[name]
			short := strings.TrimPrefix(strings.TrimPrefix(x.Name, r.ref.Name+".")+"."+w, r.ref.Name+".")
			if slices.Equal(want.Shape, got.Shape) && !within(got.Float32, want.Float32, rounding(typeOf(lower(precisionOf(x.Dtype), precisionOf(y.Dtype))))) {
				out = append(out, changedWeight{short, difference(got.Float32, want.Float32)})
			}
		}
	}
	return out, nil
}

// typeOf is ONNX's number of a type of weights.
func typeOf(precision string) int64 {
	switch precision {
	case precisionFP16:
		return onnxgraph.Float16
	case precisionBF16:
		return onnxgraph.BFloat16
	}
	return onnxgraph.Float32
}

// zoom finds the layer in a block whose output differs most for the reference's input.
func (c *climb) zoom(ctx context.Context, r *rung) (string, error) {
	worst, most := "", 0.0
	for i, x := range r.inner {
		y := r.innerOwn[i]
		if !x.Leaf || !x.Takes || !y.Takes || x.Name == r.ref.Name {
			continue
		}
		ref, err := c.ref.Run(ctx, 0, nil, []string{In(x.Name), Out(x.Name)})
		if err != nil {
			return "", err
		}
		own, err := c.own.Run(ctx, 0, map[string]ort.Tensor{In(y.Name): ref[In(x.Name)]}, []string{Out(y.Name)})
		if err != nil {
			return "", err
		}
		if a, b := own[Out(y.Name)], ref[Out(x.Name)]; slices.Equal(a.Shape, b.Shape) {
			var d Drift
			if d.add(a.Float32, b.Float32); d.Relative() > most {
				worst, most = strings.TrimPrefix(x.Name, r.ref.Name+"."), d.Relative()
			}
		}
	}
	return worst, nil
}
