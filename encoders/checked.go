package encoders

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Checked rejects values that would spoil every later number: a batch that does not match its own sizes,
// too few or too many embeddings, and values that are not finite.
func Checked(enc Encoder) Encoder { return &checked{enc} }

type checked struct{ Encoder }

func (c *checked) EncodeImages(ctx context.Context, px Pixels) (Embeddings, error) {
	info := c.Info()
	switch {
	case info.Files && (px.N < 1 || len(px.Files) != px.N):
		return Embeddings{}, fmt.Errorf("image batch of %d with %d files: the model takes picture files", px.N, len(px.Files))
	case info.Files:
	case px.N < 1 || px.Size != info.ImageSize || len(px.Data) != px.N*3*px.Size*px.Size:
		return Embeddings{}, fmt.Errorf("image batch of %d at side %d with %d values: the model wants side %d", px.N, px.Size, len(px.Data), info.ImageSize)
	}
	out, err := c.Encoder.EncodeImages(ctx, px)
	return check(out, err, px.N, info.Dim, "image")
}

func (c *checked) EncodeTexts(ctx context.Context, tk Tokens) (Embeddings, error) {
	if tk.N < 1 || tk.Len < 2 || len(tk.IDs) != tk.N*tk.Len {
		return Embeddings{}, fmt.Errorf("text batch of %d x %d with %d ids", tk.N, tk.Len, len(tk.IDs))
	}
	out, err := c.Encoder.EncodeTexts(ctx, tk)
	return check(out, err, tk.N, c.Info().Dim, "text")
}

func check(e Embeddings, err error, n, dim int, what string) (Embeddings, error) {
	if err != nil {
		return Embeddings{}, fmt.Errorf("encode %d %ss: %w", n, what, err)
	}
	if e.N != n || e.Dim != dim || len(e.Data) != n*dim {
		return Embeddings{}, fmt.Errorf("encode %d %ss: got %d embeddings of %d values (%d in all), want %d of %d", n, what, e.N, e.Dim, len(e.Data), n, dim)
	}
	var broken *Broken
	for i, v := range e.Data {
		if !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) {
			continue
		}
		if broken == nil {
			broken = &Broken{what: fmt.Sprintf("encode %d %ss: embedding %d has %v at %d", n, what, i/dim, v, i%dim)}
		}
		if k := len(broken.Items); k == 0 || broken.Items[k-1] != i/dim {
			broken.Items = append(broken.Items, i/dim)
		}
	}
	if broken != nil {
		if k := len(broken.Items); k > 1 {
			broken.what += fmt.Sprintf(", and %d other values are not finite either", k-1)
		}
		return Embeddings{}, broken
	}
	return e, nil
}

// Broken is the error for embeddings that are not finite. Items are their places in the call.
type Broken struct {
	Items []int
	what  string
}

func (b *Broken) Error() string { return b.what }

// AsBroken finds a Broken in an error.
func AsBroken(err error) (*Broken, bool) {
	var b *Broken
	return b, errors.As(err, &b)
}
