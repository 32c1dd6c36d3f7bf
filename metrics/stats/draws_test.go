package stats

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Samples are one stream of numbers below n, two from each 64 random bits, whatever way they are drawn and stored.
func TestBlocksAreOneStream(t *testing.T) {
	for _, c := range []struct{ n, resamples int }{{0, 3}, {1, 64}, {2, 9}, {7, 64}, {1000, 13}, {1001, 64}, {4096, 8}} {
		t.Run(fmt.Sprint(c.n, " ", c.resamples), func(t *testing.T) {
			ours := draws{pcg: *rand.NewPCG(5, 0), n: uint32(c.n)}
			plain, half := rand.NewPCG(5, 0), uint64(0)
			fresh := true
			number := func() uint32 {
				for {
					if half >>= 32; fresh {
						half = plain.Uint64()
					}
					fresh = !fresh
					if high, low := bits.Mul32(uint32(half), uint32(c.n)); low >= -uint32(c.n)%uint32(c.n) {
						return high
					}
				}
			}
			for range 2 {
				want := make([][lane]uint8, c.n)
				for k := range c.resamples {
					for range c.n {
						want[number()][k]++
					}
				}
				assert.Equal(t, want, ours.block(c.n, c.resamples))
			}
		})
	}
}
