package onnx

import (
	"context"
	"fmt"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/modeldir"
	"github.com/fastclip/fastclip/encoders/ort"
)

// wholeOutput is what exporters call the output of all of sentence-transformers' modules.
const wholeOutput = "sentence_embedding"

// behind finds the steps of sentence-transformers after the tower's output, and the resulting length of an
// embedding. It rejects an output that may or may not include these steps, because both would look like
// embeddings.
func (t *tower) behind(h modeldir.Head, which outputOption) (dim int64, err error) {
	dim = t.output.Shape[len(t.output.Shape)-1]
	if !h.Asked() || t.output.Name == wholeOutput || which == imageOutput && !h.Both {
		return dim, nil
	}
	own := t.pool != "" || h.Both && t.output.Name == which.usual
	switch {
	case h.Err != nil:
		return 0, fmt.Errorf("the layers after its %s tower: %w", which.tower, h.Err)
	case !own && h.Dense():
		return 0, fmt.Errorf("%s asks for layers after the %s tower, but it is unknown whether its output %s includes them: export it with the output %s, or with one vector per token",
			h.File, which.tower, t.output.Name, wholeOutput)
	case !own: // a vector of length 1 points in the same direction
		return dim, nil
	}
	for _, l := range h.Layers {
		switch {
		case l.Weight == nil:
		case int64(l.In) != dim:
			return 0, fmt.Errorf("%s: a layer after the %s tower takes %d values, but gets %d", h.File, which.tower, l.In, dim)
		default:
			dim = int64(l.Out)
		}
	}
	t.inner, t.layers = int(t.output.Shape[len(t.output.Shape)-1]), h.Layers
	return dim, nil
}

// embed makes one vector per item of inputs, n of dim values, and applies the steps after the tower.
func (t *tower) embed(ctx context.Context, in []ort.Tensor, dst []float32, n int64, dim int, tk *encoders.Tokens) error {
	if t.layers == nil {
		return t.run(ctx, in, dst, n, dim, tk)
	}
	raw := make([]float32, int(n)*t.inner)
	if err := t.run(ctx, in, raw, n, t.inner, tk); err != nil {
		return err
	}
	for i := range int(n) {
		v := raw[i*t.inner : (i+1)*t.inner]
		for _, l := range t.layers {
			v = l.Apply(v)
		}
		copy(dst[i*dim:(i+1)*dim], v)
	}
	return nil
}
