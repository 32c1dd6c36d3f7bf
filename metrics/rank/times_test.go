package rank_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestTimes: each value of a product is that of Dot, and of a transposed matrix that of its column.
func TestTimes(t *testing.T) {
	for _, c := range [][3]int{{1, 1, 1}, {9, 17, 5}, {130, 40, 257}} {
		u, v := random(c[0], c[2], 1), random(c[1], c[2], 2)
		product, back := u.Times(v), v.Times(u).Transposed()
		want := make([]float64, v.N)
		for i := range u.N {
			u.Dot(i, v, want)
			assert.Equal(t, want, product.Data[i*v.N:(i+1)*v.N], "%v", c)
		}
		assert.Equal(t, product, back)
	}
}
