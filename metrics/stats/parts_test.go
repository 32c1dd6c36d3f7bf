package stats_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/metrics/stats"
)

func TestParts(t *testing.T) {
	p := stats.PartsOf([]float64{3, 4})
	assert.Equal(t, stats.Parts{Sum: 7, Root: 5}, p)
	for whole, want := range map[float64]string{5: "as independent errors do", 6.2: "as independent errors do", 4.1: "as independent errors do", 7: "more than errors", 3.9: "undoes", 0: "undoes"} {
		assert.Contains(t, p.Words(whole), want)
	}
	assert.Contains(t, stats.PartsOf(nil).Words(0), "independent")
	assert.Contains(t, stats.PartsOf([]float64{1}).Words(math.Inf(1)), "more")
}
