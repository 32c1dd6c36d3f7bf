package encoders

import "context"

// Trimmed cuts each batch of texts after its longest EOT. CLIP's text tower is causal and pooled at EOT,
// so ids after it can change the embedding only by rounding.
func Trimmed(enc Encoder) Encoder { return &trimmed{enc} }

type trimmed struct{ Encoder }

func (t *trimmed) EncodeTexts(ctx context.Context, tk Tokens) (Embeddings, error) {
	if tk.Mask != nil && !t.Info().TakesMask {
		return t.Encoder.EncodeTexts(ctx, tk) // such a tower reads its padding, too
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
