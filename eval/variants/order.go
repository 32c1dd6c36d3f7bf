package variants

import (
	"math/rand/v2"
	"slices"
)

// Order is the order in which a call's n items go to the encoder: unchanged, or shuffled the same way every time.
func (v *Variant) Order(n int) []int {
	if v.Shuffled {
		return rand.New(rand.NewPCG(uint64(n), 1)).Perm(n)
	}
	return nil
}

// Permuted returns rows of equal lengths in the given order; nil leaves them.
func Permuted[T any](rows []T, order []int) []T {
	if len(order) == 0 {
		return rows
	}
	dim := len(rows) / len(order)
	out := make([]T, 0, len(rows))
	for _, at := range order {
		out = append(out, rows[at*dim:(at+1)*dim]...)
	}
	return out
}

// Restored undoes Permuted, in place.
func Restored[T any](rows []T, order []int) {
	if len(order) == 0 {
		return
	}
	dim, was := len(rows)/len(order), slices.Clone(rows)
	for i, at := range order {
		copy(rows[at*dim:(at+1)*dim], was[i*dim:(i+1)*dim])
	}
}
