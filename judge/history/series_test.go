package history

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestOneNightIsNoStepOfTimes: ratios of variants that share their timings are 1 to the bit on most
// nights; the first that is not is noise still. A score that changes so has changed.
func TestOneNightIsNoStepOfTimes(t *testing.T) {
	for kind, want := range map[string]int{Ratio: 0, Time: 0, Score: 1, Drift: 1} {
		s := Series{Kind: kind}
		for i, v := range []float64{1, 1, 1.08} {
			s.Points = append(s.Points, Point{Night: i, Value: &v})
		}
		s.findSteps()
		assert.Len(t, s.Steps, want, kind)
	}
	s := Series{Kind: Ratio}
	for i, v := range []float64{1, 1, 1, 1, 1, 1.08, 1.081, 1.079, 1.08, 1.08} {
		s.Points = append(s.Points, Point{Night: i, Value: &v})
	}
	s.findSteps()
	assert.Len(t, s.Steps, 1, "five nights of it are a step")
}
