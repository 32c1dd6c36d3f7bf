package timing

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestOrder: every variant is in every place, and right after every other, equally often.
func TestOrder(t *testing.T) {
	for n := 1; n <= 13; n++ {
		rounds, each := n, 1
		if n%2 == 1 {
			rounds, each = 2*n, 2
		}
		place, after := map[[2]int]int{}, map[[2]int]int{}
		for r := range rounds {
			for i, v := range order(n, r) {
				place[[2]int{i, v}]++
				if i > 0 {
					after[[2]int{order(n, r)[i-1], v}]++
				}
			}
		}
		for a := range n {
			for b := range n {
				assert.Equal(t, each, place[[2]int{a, b}], "n %d, place %d, variant %d", n, a, b)
				if a != b {
					assert.Equal(t, each, after[[2]int{a, b}], "n %d: %d after %d", n, b, a)
				}
			}
		}
	}
}
