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
	return t.Encoder.EncodeTexts(ctx, trim(tk))
}

func trim(tk Tokens) Tokens {
	longest := 0
	for i := range tk.N {
		longest = max(longest, eot(tk.IDs[i*tk.Len:(i+1)*tk.Len])+1)
	}
	if longest >= tk.Len || tk.N == 0 {
		return tk
	}
	cut := Tokens{N: tk.N, Len: longest, IDs: make([]int64, 0, tk.N*longest)}
	for i := range tk.N {
		cut.IDs = append(cut.IDs, tk.IDs[i*tk.Len:i*tk.Len+longest]...)
	}
	return cut
}

// fit brings rows to the length that a model insists on, unless that is 0. What follows EOT is no
// text, so that rows may grow by it, and lose it.
func fit(tk Tokens, length int) (Tokens, error) {
	if length == 0 || tk.Len == length {
		return tk, nil
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
