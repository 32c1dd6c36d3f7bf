package encoders

import "fmt"

// EOT is CLIP's end-of-text id, the largest id of the vocabulary.
const EOT = 49407

// Tokens is a batch of token ids: int64, N x Len, row-major. Each row has its special tokens and padding. Without
// a Mask, rows are CLIP's: SOT ... EOT, and then ids without meaning. With one, Mask is 1 for every id that is not
// padding. Types are BERT's segments; nil means all 0.
type Tokens struct {
	N, Len           int
	IDs, Mask, Types []int64
}

// Slice is the texts [from, to).
func (t Tokens) Slice(from, to int) Tokens {
	out := Tokens{N: to - from, Len: t.Len, IDs: t.IDs[from*t.Len : to*t.Len]}
	if t.Mask != nil {
		out.Mask = t.Mask[from*t.Len : to*t.Len]
	}
	if t.Types != nil {
		out.Types = t.Types[from*t.Len : to*t.Len]
	}
	return out
}

// Lengths are the numbers of ids in each row, without padding.
func (t Tokens) Lengths() []int {
	out := make([]int, t.N)
	for i := range out {
		if t.Mask == nil {
			out[i] = EOTIndex(t.IDs[i*t.Len:(i+1)*t.Len]) + 1
			continue
		}
		for _, m := range t.Mask[i*t.Len : (i+1)*t.Len] {
			out[i] += int(m)
		}
	}
	return out
}

// Attention is 1 for the ids up to and including each row's EOT, and 0 after it.
func (t Tokens) Attention() []int64 {
	if t.Mask != nil {
		return t.Mask
	}
	m := make([]int64, len(t.IDs))
	for i := range t.N {
		for j := 0; j <= EOTIndex(t.IDs[i*t.Len:(i+1)*t.Len]); j++ {
			m[i*t.Len+j] = 1
		}
	}
	return m
}

// Fit changes the length of rows to the length that a model demands; 0 means any. Rows can grow or shrink
// after EOT, because what follows EOT is no text.
func (t Tokens) Fit(length int) (Tokens, error) {
	if length == 0 || t.Len == length {
		return t, nil
	}
	if t.Mask != nil {
		return Tokens{}, fmt.Errorf("the context gives rows of %d ids, but the model takes %d: leave out the context", t.Len, length)
	}
	out := Tokens{N: t.N, Len: length, IDs: make([]int64, t.N*length)}
	for i := range t.N {
		row := t.IDs[i*t.Len : (i+1)*t.Len]
		if at := EOTIndex(row); at >= length {
			return Tokens{}, fmt.Errorf("text %d has %d tokens, but the model takes %d: set the suite's context", i, at+1, length)
		}
		copy(out.IDs[i*length:(i+1)*length], row)
	}
	return out, nil
}

// EOTIndex is the index of a row's first EOT, or of its last id if there is none.
func EOTIndex(row []int64) int {
	for i, id := range row {
		if id == EOT {
			return i
		}
	}
	return len(row) - 1
}
