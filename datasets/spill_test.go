package datasets

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSpill: a spill has the same order from disk as from memory. Equal values keep the order in which they were added.
func TestSpill(t *testing.T) {
	type pair struct{ Key, Added int }
	for _, limit := range []int{1, 1000, spillBytes} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			s := NewSpill(func(a, b pair) int { return cmp.Compare(a.Key, b.Key) }, func(pair) int { return 16 })
			s.limit = limit
			var want []pair
			r := rand.New(rand.NewPCG(1, 2))
			for i := range 300 {
				want = append(want, pair{r.IntN(40), i})
				require.NoError(t, s.Add(want[i]))
			}
			s.Seal()
			assert.Equal(t, limit < spillBytes, len(s.runs) > 1)
			slices.SortStableFunc(want, func(a, b pair) int { return cmp.Compare(a.Key, b.Key) })
			for range 2 {
				var got []pair
				for v, err := range s.All() {
					require.NoError(t, err)
					got = append(got, v)
				}
				assert.Equal(t, want, got)
			}
			require.NoError(t, s.Close())
			require.NoError(t, s.Close())
		})
	}
}
