package facts

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestQueriesNeeded(t *testing.T) {
	// One comparison: an interval of +-2 points about a difference of 2 points is just not shown; with
	// (1.96+0.84)^2/1.96^2 = 2.04 times the queries it is, four times of five.
	s := Score{Queries: 100, Delta: -0.02, DeltaLow: -0.04, DeltaHigh: 0, PHolm: 0.06, Comparisons: 1}
	assert.EqualValues(t, 205, queriesNeeded(s))
	s.Comparisons = 50
	assert.Greater(t, queriesNeeded(s), Number(400), "shared by many comparisons the level is stricter")
	for name, change := range map[string]func(*Score){
		"shown": func(s *Score) { s.PHolm = 0.04 }, "none": func(s *Score) { s.Delta = 0 }, "not tested": func(s *Score) { s.Comparisons = 0 },
		"the same in every resample": func(s *Score) { s.DeltaLow, s.DeltaHigh = -0.02, -0.02 },
	} {
		other := s
		change(&other)
		assert.False(t, queriesNeeded(other).Known(), name)
	}
}
