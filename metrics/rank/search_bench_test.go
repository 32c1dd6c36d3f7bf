package rank

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/metrics/rank/tiles"
)

// captioned is a set of pictures with captions: unit vectors whose captions are near their picture's.
func captioned(images, captions, dim int) (texts, pictures Unit, relevant func(int) []int32) {
	r := rand.New(rand.NewPCG(1, 2))
	im, tx := make([]float32, images*dim), make([]float32, images*captions*dim)
	for i := range im {
		im[i] = float32(r.NormFloat64())
	}
	for t := range images * captions {
		for j := range dim {
			tx[t*dim+j] = im[t/captions*dim+j]*0.15 + float32(r.NormFloat64())
		}
	}
	lists := make([][]int32, images*captions)
	for t := range lists {
		lists[t] = []int32{int32(t / captions)}
	}
	return Normalise(tx, images*captions, dim), Normalise(im, images, dim), func(t int) []int32 { return lists[t] }
}

func BenchmarkSearch(b *testing.B) {
	for _, c := range [][3]int{{500, 5, 512}, {5000, 5, 512}} {
		b.Run(fmt.Sprint(c), func(b *testing.B) {
			texts, pictures, relevant := captioned(c[0], c[1], c[2])
			ids := make([]string, texts.N)
			for i := range ids {
				ids[i] = fmt.Sprintf("%06d", i)
			}
			toB, err := New(ids[:pictures.N], Names())
			require.NoError(b, err)
			toA, err := New(ids, Names())
			require.NoError(b, err)
			for b.Loop() {
				_, _, err := Search{A: texts, B: pictures, Relevant: relevant, ToB: toB, ToA: toA}.Run(b.Context())
				require.NoError(b, err)
			}
		})
	}
}

// BenchmarkSearchCompanions is pictures that search each other, each with 135 others of its label set, for
// the first of these and for all, with the kernels that Run may choose.
func BenchmarkSearchCompanions(b *testing.B) {
	const sets, each = 110, 136
	for _, dim := range []int{128, 512} {
		r := rand.New(rand.NewPCG(1, 2))
		centres, im := make([]float32, sets*dim), make([]float32, sets*each*dim)
		for i := range centres {
			centres[i] = float32(r.NormFloat64())
		}
		ids, lists := make([]string, sets*each), make([][]int32, sets)
		for i := range ids {
			ids[i], lists[i/each] = fmt.Sprintf("%06d", i), append(lists[i/each], int32(i))
			for j := range dim {
				im[i*dim+j] = 0.5*centres[i/each*dim+j] + float32(r.NormFloat64())
			}
		}
		pictures := Normalise(im, len(ids), dim)
		for _, metrics := range [][]string{{"R@1"}, Names()} {
			ranker, err := New(ids, metrics)
			require.NoError(b, err)
			for _, k := range tiles.All() {
				b.Run(fmt.Sprint(dim, "/", len(metrics), "/", k.Name), func(b *testing.B) {
					for b.Loop() {
						s := Search{A: pictures, B: pictures, Relevant: func(q int) []int32 { return lists[q/each] }, ToB: ranker, Self: true}
						_, _, err := s.run(b.Context(), k, runtime.NumCPU())
						require.NoError(b, err)
					}
				})
			}
		}
	}
}
