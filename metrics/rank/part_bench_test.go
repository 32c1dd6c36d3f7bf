package rank

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkPart is one task of a search: 8,064 queries against a gallery of 10,000, 100,000 and 1,000,000 items of 128
// values, of which one answers each. It tells pairs a second, and the most memory that the process had so far.
func BenchmarkPart(b *testing.B) {
	const queries, dim = 8064, 128
	for _, items := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(items), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 2))
			gallery, ids := make([]float32, items*dim), make([]string, items)
			for i := range gallery {
				gallery[i] = float32(r.NormFloat64())
			}
			asked := make([]float32, queries*dim)
			for i := range asked {
				asked[i] = gallery[i]*0.3 + float32(r.NormFloat64())
			}
			for i := range ids {
				ids[i] = fmt.Sprintf("%07d", i)
			}
			ranker, err := New(ids, []string{"R@1", "R@5", "R@10", "MAP", "MRR", "nDCG@10"})
			require.NoError(b, err)
			p := Part{Queries: NewRaw(asked, queries, dim), Items: NewRaw(gallery, items, dim), Ranker: ranker, Relevant: func(q int) []int32 { return []int32{int32(q)} }}
			for b.Loop() {
				_, err := p.Run(b.Context())
				require.NoError(b, err)
			}
			b.ReportMetric(float64(queries*items*b.N)/b.Elapsed().Seconds(), "pairs/s")
			b.ReportMetric(peakMiB(b), "MiB")
		})
	}
}

func peakMiB(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("no /proc")
	}
	var kib float64
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	_, err = fmt.Sscan(after, &kib)
	require.NoError(b, err)
	return kib / 1024
}
