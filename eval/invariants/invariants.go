// Package invariants checks what must hold for the embeddings of any encoder: an item's embedding does not depend
// on the other items in its batch, no embedding is zero, and not all embeddings are the same.
package invariants

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/fastclip/fastclip/encoders"
)

// Tried is how many items of a set are embedded alone.
const Tried = 3

// Places are the indexes of the items that are embedded alone. The first item is not among them, because a tower
// that embeds only the first item of a batch would get it right. With fewer than two items there is nothing to
// compare.
func Places(items, batch int) []int {
	n := min(items, batch)
	if n < 2 {
		return nil
	}
	at := []int{1, n / 2, n - 1}
	slices.Sort(at)
	return slices.Compact(at)
}

// Tolerance is how far an embedding may differ from itself, as a share of its length. Sums may be made in
// another order, and scales may be taken from a whole batch.
func Tolerance(precision string) float64 {
	switch precision {
	case "", "fp32":
		return 1e-3
	case "fp16", "bf16", "autocast":
		return 3e-2
	}
	return 0.25 // dynamic quantization
}

// Batch compares the embeddings of items alone with those of the same items in a batch.
type Batch struct {
	Worst float64 // largest difference, as a share of the length in the batch
	Bad   int     // number of items that differ by more than the tolerance
	Tried int
	First string // the first bad item
	Err   string // error of a call with one item
}

// Alone embeds the items at some places alone, side by side. An embedding that is zero in the batch counts as fully
// different.
func Alone(ctx context.Context, in encoders.Embeddings, at []int, tolerance float64, name func(int) string, one func(ctx context.Context, i int) (encoders.Embeddings, error)) (b Batch, err error) {
	found, errs := make([]encoders.Embeddings, len(at)), make([]error, len(at))
	var all sync.WaitGroup
	for k, i := range at {
		all.Go(func() { found[k], errs[k] = one(ctx, i) })
	}
	all.Wait()
	if ctx.Err() != nil {
		return b, ctx.Err()
	}
	for k, i := range at {
		b.Tried++
		if errs[k] != nil {
			b.Bad, b.First, b.Err = b.Bad+1, name(i), errs[k].Error()
			return b, nil
		}
		by := apart(found[k].Data, in.Row(i))
		b.Worst = max(b.Worst, by)
		if !(by <= tolerance) {
			if b.Bad++; b.Bad == 1 {
				b.First = name(i)
			}
		}
	}
	return b, nil
}

// apart is the distance of a from b as a share of the longer one's length. It is 0 for two zero vectors.
func apart(a, b []float32) float64 {
	var diff, aa, bb float64
	for i, x := range a {
		x, y := float64(x), float64(b[i])
		diff, aa, bb = diff+(x-y)*(x-y), aa+x*x, bb+y*y
	}
	if diff == 0 {
		return 0
	}
	return math.Sqrt(diff / max(aa, bb))
}

// Text says what is wrong, or is empty.
func (b Batch) Text(what string) string {
	switch {
	case b.Err != "":
		return fmt.Sprintf("%s cannot be embedded in a batch of its own: %s: %s", what, b.First, b.Err)
	case b.Bad == 0:
		return ""
	}
	return fmt.Sprintf("%s embeddings depend on the batch: %d of %d items that were tried have another embedding alone than in a batch, by up to %.0f %% of its length (first: %s)", what, b.Bad, b.Tried, 100*b.Worst, b.First)
}

// named is the largest number of items in a message.
const named = 3

// Zeros names embeddings that are the zero vector, or is empty.
func Zeros(what string, e encoders.Embeddings, name func(int) string) string {
	var ids []string
	n := 0
	for i := range e.N {
		if !slices.ContainsFunc(e.Row(i), func(v float32) bool { return v != 0 }) {
			if n++; n <= named {
				ids = append(ids, name(i))
			}
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d %s embeddings are zero vectors: %s%s", n, e.N, what, strings.Join(ids, ", "), more(n))
}

func more(n int) string {
	if n > named {
		return " and others"
	}
	return ""
}

// Constant says that all embeddings are the same, or is empty. A single item does not count.
func Constant(what string, e encoders.Embeddings) string {
	if e.N < 2 || e.Dim == 0 {
		return ""
	}
	for i := 1; i < e.N; i++ {
		if apart(e.Row(i), e.Row(0)) > 1e-6 {
			return ""
		}
	}
	return fmt.Sprintf("all %d %s embeddings are the same", e.N, what)
}
