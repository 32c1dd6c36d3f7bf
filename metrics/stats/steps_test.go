package stats_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/testenv"
	"github.com/fastclip/fastclip/metrics/stats"
)

func indexes(steps []stats.Step) []int {
	out := []int{}
	for _, s := range steps {
		out = append(out, s.At)
	}
	return out
}

// TestStepsOfAuthors: the series and expected change points of Hunter's own tests (Apache Otava
// 0.8.0: analysis_test.py, series_test.py, change_point_divisive_test.py, tigerbeetle_test.py).
func TestStepsOfAuthors(t *testing.T) {
	series1 := []float64{1.02, 0.95, 0.99, 1.00, 1.12, 0.90, 0.50, 0.51, 0.48, 0.48, 0.55}
	series2 := []float64{2.02, 2.03, 2.01, 2.04, 1.82, 1.85, 1.79, 1.81, 1.80, 1.76, 1.78}
	halved := []float64{1.02, 0.95, 0.99, 1.00, 1.12, 1.00, 1.01, 0.98, 1.01, 0.96, 0.50, 0.51, 0.48, 0.48, 0.55, 0.50, 0.49, 0.51, 0.50, 0.49}
	for _, c := range []struct {
		x    []float64
		opt  stats.StepOptions
		want []int
	}{
		{halved, stats.StepOptions{Window: 10, MaxP: 0.0001}, []int{10}},
		{series1, stats.StepOptions{}, []int{6}},
		{series2, stats.StepOptions{}, []int{4}},
		{series2, stats.StepOptions{Magnitude: 0.2}, []int{}},
		{[]float64{0.3, 2.4, 1.5, -0.9, -0.5, 99.7, 98.3, 99.1, 149.0, 149.7, 149.5, 149.1, 148.8, 150.0}, stats.StepOptions{}, []int{5, 8}},
	} {
		assert.Equal(t, c.want, indexes(stats.Steps(c.x, c.opt)), "%v %+v", c.x, c.opt)
	}
	data, err := os.ReadFile("testdata/tigerbeetle.json")
	require.NoError(t, err)
	var tiger struct {
		Series []float64
		Cases  []struct {
			Window    int
			MaxP      float64 `json:"max_p"`
			Magnitude float64
			At        []int
		}
	}
	require.NoError(t, json.Unmarshal(data, &tiger))
	require.NotEmpty(t, tiger.Cases)
	for _, c := range tiger.Cases {
		opt := stats.StepOptions{Window: c.Window, MaxP: c.MaxP, Magnitude: c.Magnitude}
		assert.Equal(t, c.At, indexes(stats.Steps(tiger.Series, opt)), "%+v", opt)
	}
}

func TestStepsOfConstants(t *testing.T) {
	third := 1.0 / 3
	assert.Empty(t, stats.Steps(nil, stats.StepOptions{}))
	assert.Empty(t, stats.Steps([]float64{1}, stats.StepOptions{}))
	assert.Empty(t, stats.Steps([]float64{1, 2}, stats.StepOptions{}), "two nights show nothing")
	assert.Empty(t, stats.Steps([]float64{third, third, third, third, third, third, third}, stats.StepOptions{}))
	got := stats.Steps([]float64{third, third, third, third, 0.3}, stats.StepOptions{})
	require.Len(t, got, 1, "what repeated itself to the bit has changed")
	assert.Equal(t, 4, got[0].At)
	assert.InDelta(t, third, got[0].Before, 1e-15)
	assert.Equal(t, 0.3, got[0].After)
}

type stepCase struct {
	X         []float64 `json:"x"`
	Window    int       `json:"window"`
	MaxP      float64   `json:"max_p"`
	Magnitude float64   `json:"magnitude"`
}

// TestStepsAsOtava: generated series, against Apache Otava itself.
func TestStepsAsOtava(t *testing.T) {
	uv := testenv.UV(t)
	rng := rand.New(rand.NewPCG(1, 2))
	var cases []stepCase
	for range 150 {
		c := stepCase{Window: 2 + rng.IntN(60), MaxP: []float64{0.001, 0.01, 0.1, 0.3, 0.6}[rng.IntN(5)], Magnitude: []float64{0, 0, 0.05}[rng.IntN(3)]}
		level, noise := 10.0, rng.Float64()
		for range 2 + rng.IntN(150) {
			if rng.IntN(20) == 0 {
				level += 3 * rng.NormFloat64()
			}
			v := level + noise*rng.NormFloat64()
			if rng.IntN(30) == 0 {
				v *= 1.5
			}
			c.X = append(c.X, v)
		}
		cases = append(cases, c)
	}
	in, err := json.Marshal(cases)
	require.NoError(t, err)
	cmd := exec.Command(uv, "run", "--quiet", "--script", filepath.Join(testenv.Root(t), "testdata", "oracles", "otava_steps.py"))
	var stderr strings.Builder
	cmd.Stdin, cmd.Stderr = strings.NewReader(string(in)), &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	var want [][][2]float64
	require.NoError(t, json.Unmarshal(out, &want))
	require.Len(t, want, len(cases))
	found := 0
	for i, c := range cases {
		got := stats.Steps(c.X, stats.StepOptions{Window: c.Window, MaxP: c.MaxP, Magnitude: c.Magnitude})
		name := fmt.Sprintf("case %d: %d values, %+v", i, len(c.X), c)
		if !assert.Len(t, got, len(want[i]), name) {
			continue
		}
		for k, s := range got {
			found++
			assert.Equal(t, int(want[i][k][0]), s.At, name)
			assert.InDelta(t, want[i][k][1], s.P, 1e-12+1e-9*want[i][k][1])
		}
	}
	assert.Greater(t, found, 200)
}
