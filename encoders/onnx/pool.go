package onnx

import (
	"context"
	"fmt"
	"github.com/fastclip/fastclip/encoders"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/encoders/pooling"
)

// pooling finds how the tower's output becomes one vector per item: unchanged, or by a named pooling.
func (t *tower) pooling(which outputOption, folder string) error {
	out := t.output
	if out.Type != "float32" && out.Type != "float16" || len(out.Shape) != 2 && len(out.Shape) != 3 || out.Shape[len(out.Shape)-1] < 1 {
		return fmt.Errorf("output %s is %s %v: want float32 or float16 [N,D] with a fixed D; %s and %s name others", out.Name, out.Type, out.Shape, imageOutput.option, textOutput.option)
	}
	if len(out.Shape) == 2 {
		if t.pool != "" {
			return fmt.Errorf("output %s is %v, one vector per item: the option %s is for outputs of one vector per token", out.Name, out.Shape, which.pooling)
		}
		return nil
	}
	if t.pool == "" {
		t.pool = folder
	}
	if t.pool == "" {
		return fmt.Errorf("output %s is %v, one vector per token: choose how they become one vector with the option %s: %s", out.Name, out.Shape, which.pooling, strings.Join(pooling.Names(), ", "))
	}
	if !slices.Contains(pooling.Names(), t.pool) {
		return fmt.Errorf("option %s=%s: want one of %s", which.pooling, t.pool, strings.Join(pooling.Names(), ", "))
	}
	return nil
}

// run makes one vector per item of inputs, n of dim values.
func (t *tower) run(ctx context.Context, in []ort.Tensor, dst []float32, n int64, dim int, tk *encoders.Tokens) error {
	if t.pool == "" {
		return t.Run(ctx, in, dst, n, int64(dim))
	}
	tokens := t.output.Shape[1]
	if tokens < 1 && tk != nil {
		tokens = int64(tk.Len)
	}
	var hidden []float32
	if tokens > 0 {
		if n*tokens*int64(dim) > encoders.MaxCall/4 {
			return fmt.Errorf("%d tokens of %d values for each of %d items take too much memory: with a smaller batch", tokens, dim, n)
		}
		hidden = make([]float32, n*tokens*int64(dim))
		if err := t.Run(ctx, in, hidden, n, tokens, int64(dim)); err != nil {
			return err
		}
	} else {
		var shape []int64
		var err error
		if hidden, shape, err = t.RunOpen(ctx, in); err != nil {
			return err
		}
		if len(shape) != 3 || shape[0] != n || shape[2] != int64(dim) {
			return fmt.Errorf("output %s is %v: want [%d,T,%d]", t.output.Name, shape, n, dim)
		}
		tokens = shape[1]
	}
	for i := range int(n) {
		first, last := 0, int(tokens)-1
		if tk != nil {
			first, last = span(tk, i)
			if t.pool == pooling.EOS {
				last = encoders.EOTIndex(tk.IDs[i*tk.Len : (i+1)*tk.Len])
			}
		}
		if last >= int(tokens) {
			return fmt.Errorf("output %s has %d tokens for texts of %d", t.output.Name, tokens, tk.Len)
		}
		row := hidden[i*int(tokens)*dim : (i+1)*int(tokens)*dim]
		pooling.Pool(dst[i*dim:(i+1)*dim], row, t.pool, first, last)
	}
	return nil
}

// span is where the text of a row begins and ends.
func span(t *encoders.Tokens, i int) (first, last int) {
	row := t.IDs[i*t.Len : (i+1)*t.Len]
	if t.Mask == nil {
		return 0, encoders.EOTIndex(row)
	}
	mask := t.Mask[i*t.Len : (i+1)*t.Len]
	first = max(0, slices.Index(mask, 1))
	last = first
	for k, m := range mask {
		if m == 1 {
			last = k
		}
	}
	return first, last
}
