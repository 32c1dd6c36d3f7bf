package compare

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestPointsTellApart: two scores that differ never look the same, and no difference is written as none.
func TestPointsTellApart(t *testing.T) {
	for _, c := range []struct {
		a, b             float64
		was, now, change string
	}{
		{0.259, 0.259, "25.9", "25.9", "0.0"}, {0.7, 0.65, "70.0", "65.0", "-5.0"}, {0.25934, 0.25912, "25.93", "25.91", "-0.022"},
		{0.9999999, 1, "99.99999", "100.00000", "1e-05"}, {0.25951, 0.2595, "25.951", "25.950", "-0.001"},
	} {
		a, b := Points(c.a, c.b)
		assert.Equal(t, []string{c.was, c.now, c.change}, []string{a, b, PointsBy(c.b - c.a)})
	}
}
