package encoders

import "context"

// Batched splits calls into at most n items each, in order. The runtime then sees batches of n, however many items
// the caller passes.
func Batched(enc Encoder, n int) Encoder { return &batched{Encoder: enc, n: n} }

type batched struct {
	Encoder
	n int
}

func (b *batched) EncodeImages(ctx context.Context, px Pixels) (Embeddings, error) {
	return b.split(px.N, func(from, to int) (Embeddings, error) {
		return b.Encoder.EncodeImages(ctx, px.Slice(from, to))
	})
}

func (b *batched) EncodeTexts(ctx context.Context, tk Tokens) (Embeddings, error) {
	return b.split(tk.N, func(from, to int) (Embeddings, error) {
		return b.Encoder.EncodeTexts(ctx, tk.Slice(from, to))
	})
}

func (b *batched) split(total int, encode func(from, to int) (Embeddings, error)) (Embeddings, error) {
	if total <= b.n {
		return encode(0, total)
	}
	var all Embeddings
	for from := 0; from < total; from += b.n {
		part, err := encode(from, min(from+b.n, total))
		if err != nil {
			return Embeddings{}, err
		}
		all.N, all.Dim = all.N+part.N, part.Dim
		all.Data = append(all.Data, part.Data...)
	}
	return all, nil
}
