package encoders

import (
	"context"
	"fmt"
)

// EOT is CLIP's end-of-text id, the largest of the vocabulary.
const EOT = 49407

// Trimmed cuts each batch of texts after its longest EOT. CLIP's text tower is causal
// and pooled at EOT, so nothing after it can change the embedding (beyond rounding).
func Trimmed(enc Encoder) Encoder { return &trimmed{enc} }

type trimmed struct{ Encoder }

func (t *trimmed) EncodeTexts(ctx context.Context, tk Tokens) (Embeddings, error) {
	if tk.Mask != nil && !t.Info().TakesMask {
		return t.Encoder.EncodeTexts(ctx, tk) // padding is part of what such a tower reads
	}
	return t.Encoder.EncodeTexts(ctx, trim(tk))
}

func trim(tk Tokens) Tokens {
	longest := 0
	for i, n := range tk.Lengths() {
		if tk.Mask != nil && n > 0 && tk.Mask[i*tk.Len] == 0 {
			return tk // padded on the left
		}
		longest = max(longest, n)
	}
	if longest >= tk.Len || tk.N == 0 {
		return tk
	}
	cut := func(rows []int64) (out []int64) {
		if rows == nil {
			return nil
		}
		for i := range tk.N {
			out = append(out, rows[i*tk.Len:i*tk.Len+longest]...)
		}
		return out
	}
	return Tokens{N: tk.N, Len: longest, IDs: cut(tk.IDs), Mask: cut(tk.Mask), Types: cut(tk.Types)}
}

// fit brings rows to the length that a model insists on, unless that is 0. What follows EOT is no
// text, so that rows may grow by it, and lose it.
func fit(tk Tokens, length int) (Tokens, error) {
	if length == 0 || tk.Len == length {
		return tk, nil
	}
	if tk.Mask != nil {
		return Tokens{}, fmt.Errorf("rows of %d ids, the model takes %d: leave out the context", tk.Len, length)
	}
	out := Tokens{N: tk.N, Len: length, IDs: make([]int64, tk.N*length)}
	for i := range tk.N {
		row := tk.IDs[i*tk.Len : (i+1)*tk.Len]
		if at := eot(row); at >= length {
			return Tokens{}, fmt.Errorf("text %d has %d tokens, the model takes %d: set the suite's context", i, at+1, length)
		}
		copy(out.IDs[i*length:(i+1)*length], row)
	}
	return out, nil
}

// eot is the index of a row's first EOT, or of its last id when it has none.
func eot(row []int64) int {
	for i, id := range row {
		if id == EOT {
			return i
		}
	}
	return len(row) - 1
}
