package remote

import (
	"context"
	"github.com/fastclip/fastclip/encoders"
	"slices"

	"github.com/fastclip/fastclip/encoders/oip"
)

// feed says how a server's model takes its items.
type feed struct {
	most   int  // items per request; 0 means any number
	fixed  bool // every request must have exactly that many
	length int  // tokens per text; 0 means any number
}

// newFeed reads the first dimension of a model's inputs, and Triton's largest batch.
func newFeed(m oip.Model, length int) (f feed, err error) {
	f.length = length
	if said := m.Inputs[0].Shape[0]; said != anySize {
		f.fixed = true
		f.most, err = encoders.Within("its batch", said, encoders.MaxBatch)
		return f, err
	}
	f.most = m.MaxBatch
	return f, nil
}

func (e *encoder) EncodeImages(ctx context.Context, px encoders.Pixels) (encoders.Embeddings, error) {
	f := e.feed[0]
	return e.batches(px.N, f, func(from, to int, dst []float32) error {
		p := px.Slice(from, to)
		n := f.rows(p.N)
		in := oip.Tensor{Name: e.image.Inputs[0].Name, Datatype: "FP32", Shape: []int64{int64(n), 3, int64(p.Size), int64(p.Size)}, Float32: padded(p.Data, p.N, n)}
		if e.info.Files {
			in = oip.Tensor{Name: in.Name, Datatype: "BYTES", Shape: []int64{int64(n), 1}[:len(e.image.Inputs[0].Shape)], Bytes: padded(p.Files, p.N, n)}
		}
		return e.infer(ctx, 0, e.image, n, dst, in)
	})
}

func (e *encoder) EncodeTexts(ctx context.Context, tk encoders.Tokens) (encoders.Embeddings, error) {
	f := e.feed[1]
	tk, err := tk.Fit(f.length)
	if err != nil {
		return encoders.Embeddings{}, err
	}
	return e.batches(tk.N, f, func(from, to int, dst []float32) error {
		p := tk.Slice(from, to)
		n := f.rows(p.N)
		if p.Mask != nil {
			p.Mask = padded(p.Mask, p.N, n)
		}
		p.IDs, p.N = padded(p.IDs, p.N, n), n
		shape := []int64{int64(n), int64(p.Len)}
		in := []oip.Tensor{{Name: e.text.Inputs[0].Name, Datatype: e.text.Inputs[0].Datatype, Shape: shape, Int64: p.IDs}}
		if len(e.text.Inputs) == 2 {
			in = append(in, oip.Tensor{Name: e.text.Inputs[1].Name, Datatype: e.text.Inputs[1].Datatype, Shape: shape, Int64: p.Attention()})
		}
		return e.infer(ctx, 1, e.text, n, dst, in...)
	})
}

// rows is how many items a request with n items must contain.
func (f feed) rows(n int) int {
	if f.fixed {
		return max(n, f.most)
	}
	return n
}

// batches calls run for as many items at a time as the model takes, with room for the embeddings.
func (e *encoder) batches(n int, f feed, run func(from, to int, dst []float32) error) (encoders.Embeddings, error) {
	out := encoders.Embeddings{N: n, Dim: e.info.Dim}
	step := n
	if f.most > 0 {
		step = min(n, f.most)
	}
	for from := 0; from < n; from += step {
		to := min(from+step, n)
		dst := make([]float32, f.rows(to-from)*e.info.Dim)
		if err := run(from, to, dst); err != nil {
			return encoders.Embeddings{}, err
		}
		dst = dst[:(to-from)*e.info.Dim]
		if out.Data == nil && to == n {
			out.Data = dst
		} else {
			out.Data = append(slices.Grow(out.Data, (n-from)*e.info.Dim), dst...)
		}
	}
	return out, nil
}

// padded repeats the first of n items until there are rows items.
func padded[T any](values []T, n, rows int) []T {
	if n == rows {
		return values
	}
	one := len(values) / n
	out := slices.Grow(slices.Clone(values), (rows-n)*one)
	for range rows - n {
		out = append(out, values[:one]...)
	}
	return out
}

func (e *encoder) infer(ctx context.Context, tower int, m oip.Model, n int, dst []float32, in ...oip.Tensor) error {
	ctx, done := e.watch()(ctx)
	took, err := e.client.Infer(ctx, m.Name, in, m.Outputs[0].Name, dst, int64(n), int64(e.info.Dim))
	if err = done(err); err != nil {
		return err
	}
	if took == 0 {
		e.silent.Store(true)
	}
	e.told[tower].Add(int64(took))
	return nil
}

// Served returns access to what the server offers besides embeddings (layers.go).
func (e *encoder) Served() oip.Served {
	return oip.Served{Client: e.client, Image: e.image, Text: e.text, Ours: e.local != nil, Watch: e.watch()}
}

// watch limits calls by the variant's deadlines.
func (e *encoder) watch() func(context.Context) (context.Context, func(error) error) {
	if e.local != nil {
		return e.local.Call
	}
	return e.bounds.Within
}
