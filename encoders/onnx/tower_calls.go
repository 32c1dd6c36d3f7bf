package onnx

import (
	"context"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/ort"
)

func (t *tower) images(ctx context.Context, px encoders.Pixels, dim int) (encoders.Embeddings, error) {
	return t.batches(px.N, dim, func(from, to int, dst []float32) error {
		p := px.Slice(from, to)
		n := t.rows(p.N)
		data := p.Data
		if int(n) > p.N {
			data = append(make([]float32, 0, int(n)*3*p.Size*p.Size), data...)
			data = data[:cap(data)]
		}
		in, err := t.imageTensors(encoders.Pixels{N: int(n), Size: p.Size, Data: data})
		if err != nil {
			return err
		}
		return t.embed(ctx, in, dst, n, dim, nil)
	})
}

func (t *tower) imageTensors(p encoders.Pixels) ([]ort.Tensor, error) {
	in := make([]ort.Tensor, len(t.inputs))
	for i, f := range t.feeds {
		var err error
		if f == rolePixels {
			in[i] = t.pixelTensor(int64(p.N), p.Size, p.Data)
		} else if in[i], err = constant(t.inputs[i]); err != nil {
			return nil, err
		}
	}
	return in, nil
}

func (t *tower) texts(ctx context.Context, tk encoders.Tokens, dim int) (encoders.Embeddings, error) {
	tk, err := tk.Fit(t.length)
	if err != nil {
		return encoders.Embeddings{}, err
	}
	return t.batches(tk.N, dim, func(from, to int, dst []float32) error {
		p := tk.Slice(from, to)
		n := t.rows(p.N)
		if int(n) > p.N {
			p = repeated(p, int(n))
		}
		in, err := t.textTensors(p)
		if err != nil {
			return err
		}
		return t.embed(ctx, in, dst, n, dim, &p)
	})
}

// rows is the number of items that a call with n items must have.
func (t *tower) rows(n int) int64 { return int64(max(n, t.fixed)) }

// batches calls run with as many items as the file takes, and with room for as many results.
func (t *tower) batches(n, dim int, run func(from, to int, dst []float32) error) (encoders.Embeddings, error) {
	out := encoders.Embeddings{N: n, Dim: dim}
	step := n
	if t.fixed > 0 {
		step = t.fixed
	}
	for from := 0; from < n; from += step {
		dst := make([]float32, max(step, t.fixed)*dim)
		if err := run(from, min(from+step, n), dst); err != nil {
			return encoders.Embeddings{}, err
		}
		if out.Data == nil {
			out.Data = dst
		} else {
			out.Data = append(out.Data, dst...)
		}
	}
	out.Data = out.Data[:n*dim]
	return out, nil
}

// repeated is t with more rows, which are copies of the first.
func repeated(t encoders.Tokens, n int) encoders.Tokens {
	fill := func(rows []int64) []int64 {
		if rows == nil {
			return nil
		}
		out := append(make([]int64, 0, n*t.Len), rows...)
		for len(out) < n*t.Len {
			out = append(out, rows[:t.Len]...)
		}
		return out
	}
	return encoders.Tokens{N: n, Len: t.Len, IDs: fill(t.IDs), Mask: fill(t.Mask), Types: fill(t.Types)}
}
