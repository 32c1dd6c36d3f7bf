package drift

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/metrics/rank"
	"github.com/fastclip/fastclip/metrics/stats"
)

// drifted is a matrix and, as units, that and itself with so much noise.
func drifted(seed uint64, n, dim int, by float32) (ref, other rank.Unit) {
	a, noise := matrix(seed, n*dim), matrix(seed+100, n*dim)
	b := make([]float32, len(a))
	for i := range a {
		b[i] = a[i] + by*noise[i]
	}
	return rank.Normalise(a, n, dim), rank.Normalise(b, n, dim)
}

// Whatever the drift, float32 gives what float64 does to 2e-5 of it, and cosines to 1e-12 and a
// millionth of what they lack of 1.
func TestFastSimilarities(t *testing.T) {
	const texts, images, dim = 230, 170, 96
	for _, by := range []float32{0, 1e-7, 1e-4, 1e-2, 1} {
		t.Run(fmt.Sprint(by), func(t *testing.T) {
			refTexts, otherTexts := drifted(1, texts, dim, by)
			refImages, otherImages := drifted(2, images, dim, by)
			want := plainSimilarities(refTexts, refImages, otherTexts, otherImages).numbers()
			d, err := fastSimilarities(t.Context(), refTexts, refImages, otherTexts, otherImages, blockImages)
			require.NoError(t, err)
			got := d.numbers()
			for i := range 3 { // mean, max, p99, which is a bucket of 1 %
				assert.InDelta(t, want[i], got[i], []float64{2e-5, 2e-5, 0.02}[i]*want[i], "%d", i)
			}
			assert.Equal(t, want[3], got[3])
			for i := 4; i < 6; i++ {
				assert.InDelta(t, want[i], got[i], 1e-12+1e-5*(1-want[i]))
			}
			assert.Equal(t, want[6], got[6])
		})
	}
	// another model's vectors are of another length
	refTexts, refImages := rank.Normalise(matrix(1, texts*dim), texts, dim), rank.Normalise(matrix(2, images*dim), images, dim)
	other, pictures := rank.Normalise(matrix(3, texts*40), texts, 40), rank.Normalise(matrix(4, images*40), images, 40)
	d, err := fastSimilarities(t.Context(), refTexts, refImages, other, pictures, blockImages)
	require.NoError(t, err)
	assert.InDeltaSlice(t, plainSimilarities(refTexts, refImages, other, pictures).numbers()[:2], d.numbers()[:2], 1e-5)
}

// TestSimilaritiesInBlocks: pictures that pass by in blocks give the same bits as all at once.
func TestSimilaritiesInBlocks(t *testing.T) {
	const texts, images, dim = 200, 2*stats.SumLen + 700, 5
	refTexts, otherTexts := drifted(1, texts, dim, 1e-2)
	refImages, otherImages := drifted(2, images, dim, 1e-2)
	whole, err := fastSimilarities(t.Context(), refTexts, refImages, otherTexts, otherImages, 1<<20)
	require.NoError(t, err)
	blocks, err := fastSimilarities(t.Context(), refTexts, refImages, otherTexts, otherImages, stats.SumLen)
	require.NoError(t, err)
	assert.Equal(t, whole, blocks)
	want := Difference{} // as it was before there were blocks
	parts := make([]Difference, (texts+rank.ProductRows-1)/rank.ProductRows)
	pairs := [][]rank.Pair{{{A: refTexts, B: refImages}}, {{A: rank.Less(otherTexts, refTexts), B: otherImages}, {A: refTexts, B: rank.Less(otherImages, refImages)}}}
	require.NoError(t, rank.Products(t.Context(), pairs, func(from, to int, products [][]float32) {
		part := &parts[from/rank.ProductRows]
		for row := range to - from {
			by := products[1][row*images : (row+1)*images]
			part.Abs.Add(by, make([]float32, images))
			var aa, ab, bb float64
			for i, x := range products[0][row*images : (row+1)*images] {
				x, y := float64(x), float64(by[i])
				aa, ab, bb = aa+x*x, ab+x*y, bb+y*y
			}
			part.cosine(aa+ab, aa, max(0, aa+2*ab+bb))
		}
	}))
	for i := range parts {
		want.merge(&parts[i])
	}
	assert.Equal(t, &want, blocks)
}

// Float32 gives float64's verdicts, ties and near ties too.
func TestFastFlipBudget(t *testing.T) {
	const n, dim = 300, 24
	ids := make([]string, n)
	d := &Retrieval{Relevant: everyNth(n, 100)}
	for i := range ids {
		ids[i] = fmt.Sprintf("%04d", i)
		if i%7 != 0 {
			d.Counted = append(d.Counted, i)
		}
	}
	ranker, err := rank.New(ids, []string{"R@1", "R@5", "R@10"})
	require.NoError(t, err)
	for _, self := range []bool{false, true} {
		d.Self = self
		for _, by := range []float32{0, 1e-9, 1e-7, 1e-5, 1e-3, 1e-2, 0.1} {
			images, moved := drifted(2, n, dim, by)
			texts, turned := drifted(1, n, dim, by)
			copy(images.Data[dim:2*dim], images.Data[:dim]) // a tie, and near ones
			for i := range dim {
				images.Data[2*dim+i] = images.Data[i] * (1 + 1e-9)
			}
			if self {
				texts, turned = images, moved
			}
			ref := ranked(t, d, ranker, texts, images)
			want, got := newFlips(ref, texts, images, turned, moved, rank.MarginCuts[:]), newFlips(ref, texts, images, turned, moved, rank.MarginCuts[:])
			want.plain(texts, images)
			require.NoError(t, got.fast(t.Context(), texts, images))
			assert.Equal(t, want.out, got.out, "drift %g", by)
		}
	}
}

// BenchmarkDrift is of a fifth of COCO's texts: plain float64 beside float32 with its sums.
func BenchmarkDrift(b *testing.B) {
	const texts, images, dim = 5000, 5000, 512
	refTexts, otherTexts := drifted(1, texts, dim, 1e-3)
	refImages, otherImages := drifted(2, images, dim, 1e-3)
	d := &Retrieval{Relevant: everyNth(texts, images)}
	for i := range texts {
		d.Counted = append(d.Counted, i)
	}
	ref := *d
	b.Run("similarity/plain", func(b *testing.B) {
		for b.Loop() {
			plainSimilarities(refTexts, refImages, otherTexts, otherImages)
		}
	})
	b.Run("similarity/fast", func(b *testing.B) {
		for b.Loop() {
			_, err := fastSimilarities(b.Context(), refTexts, refImages, otherTexts, otherImages, blockImages)
			require.NoError(b, err)
		}
	})
	f := newFlips(ref, refTexts, refImages, otherTexts, otherImages, rank.MarginCuts[:])
	b.Run("flips/plain", func(b *testing.B) {
		for b.Loop() {
			f.plain(refTexts, refImages)
		}
	})
	b.Run("flips/fast", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, f.fast(b.Context(), refTexts, refImages))
		}
	})
}
