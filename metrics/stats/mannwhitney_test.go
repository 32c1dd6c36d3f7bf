package stats_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/metrics/stats"
)

func TestMannWhitney(t *testing.T) {
	a, b := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, []float64{11, 12, 13, 14, 15, 16, 17, 18, 19, 20}
	assert.InDelta(t, 2.0/184756, stats.MannWhitney(a, b), 1e-12) // 20 choose 10
	assert.InDelta(t, 2.0/184756, stats.MannWhitneyLeast(10, 10), 1e-12)
	assert.InDelta(t, 0.1, stats.MannWhitneyLeast(3, 3), 1e-12)
	// U is 5; 19 of the 252 ways to draw 5 of 10 give 5 or less (1+1+2+3+5+7).
	assert.InDelta(t, 2*19.0/252, stats.MannWhitney([]float64{1.1, 2.2, 3.3, 4.4, 5.5}, []float64{2.5, 3.5, 6.5, 7.5, 8.5}), 1e-12)
	assert.Equal(t, 1.0, stats.MannWhitney([]float64{1, 1}, []float64{1, 1}))
	assert.Equal(t, 1.0, stats.MannWhitney(nil, b))
	assert.Equal(t, 1.0, stats.MannWhitneyLeast(0, 4))
}
