package stats_test

import (
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
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

func TestSteps(t *testing.T) {
	quiet := []float64{10.1, 9.9, 10, 10.2, 9.8, 10.1, 9.9, 10}
	higher := []float64{12.1, 11.9, 12, 12.2, 11.8, 12.1, 11.9, 12}
	for name, c := range map[string]struct {
		x    []float64
		opt  stats.StepOptions
		want []int
	}{
		"none":                     {quiet, stats.StepOptions{}, []int{}},
		"up":                       {slices.Concat(quiet, higher), stats.StepOptions{}, []int{8}},
		"down":                     {slices.Concat(higher, quiet), stats.StepOptions{}, []int{8}},
		"up and down":              {slices.Concat(quiet, higher, higher, higher, quiet), stats.StepOptions{}, []int{8, 32}},
		"a change that is too low": {slices.Concat(quiet, higher), stats.StepOptions{Magnitude: 0.25}, []int{}},
		"one outlier":              {slices.Concat(quiet, []float64{14}, quiet), stats.StepOptions{}, []int{}},
		"beyond the first window":  {slices.Concat(quiet, quiet, quiet, higher), stats.StepOptions{Window: 10}, []int{24}},
		"two levels at the end":    {slices.Concat(quiet, []float64{20, 20.1, 30, 30.2}), stats.StepOptions{}, []int{8, 10}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, indexes(stats.Steps(c.x, c.opt)))
		})
	}
}

// stepped is a generated series, and where its level changes.
func stepped(r *rand.Rand, length int, size float64) (x []float64, at []int) {
	level, next := 100.0, 0
	for i := range length {
		if i == next {
			if i > 0 {
				at = append(at, i)
			}
			level += size * float64(1-2*r.IntN(2))
			next += 12 + r.IntN(40)
		}
		x = append(x, level+r.NormFloat64())
	}
	if n := len(at); n > 0 && length-at[n-1] < 8 {
		return x[:at[n-1]], at[:n-1] // too short a level to be told from noise
	}
	return x, at
}

// Steps of eight standard deviations are found where they are, and noise alone has hardly any.
func TestStepsOfGeneratedSeries(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	steps, found, extra := 0, 0, 0
	for range 60 {
		x, want := stepped(r, 60+r.IntN(120), 8)
		got := indexes(stats.Steps(x, stats.StepOptions{MaxP: 1e-4}))
		steps += len(want)
		for _, s := range want {
			if slices.Contains(got, s) {
				found++
			}
		}
		extra += max(0, len(got)-len(want))
	}
	t.Logf("%d of %d steps at their very place, %d more", found, steps, extra)
	assert.GreaterOrEqual(t, found*100, steps*98)
	assert.LessOrEqual(t, extra, 3)

	alarms := 0
	for range 200 {
		x, _ := stepped(r, 100, 0)
		alarms += len(stats.Steps(x, stats.StepOptions{MaxP: 1e-4}))
	}
	t.Logf("%d steps in 200 series of noise", alarms)
	assert.LessOrEqual(t, alarms, 10)
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

// TestStepsBesideOtava: Apache Otava, the code of Hunter's authors, finds the same steps in nearly all
// generated series. It differs in the details of its t-test and of how weak steps go.
func TestStepsBesideOtava(t *testing.T) {
	uv := testenv.UV(t)
	r := rand.New(rand.NewPCG(1, 2))
	var cases []stepCase
	for range 150 {
		x, _ := stepped(r, 30+r.IntN(120), 2+8*r.Float64())
		cases = append(cases, stepCase{X: x, Window: 50, MaxP: []float64{0.001, 0.0001}[r.IntN(2)], Magnitude: []float64{0, 0, 0.05}[r.IntN(3)]})
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
	same, found := 0, 0
	for i, c := range cases {
		theirs := []int{}
		for _, step := range want[i] {
			theirs = append(theirs, int(step[0]))
		}
		got := indexes(stats.Steps(c.X, stats.StepOptions{Window: c.Window, MaxP: c.MaxP, Magnitude: c.Magnitude}))
		if slices.Equal(theirs, got) {
			same++
		}
		found += len(theirs)
	}
	t.Logf("the same steps in %d of %d series, which have %d", same, len(cases), found)
	assert.GreaterOrEqual(t, same*100, len(cases)*95)
	assert.Greater(t, found, 200)
}
