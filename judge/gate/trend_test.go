package gate_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/judge/gate"
	"github.com/fastclip/fastclip/judge/history"
)

// past is many nights of a suite: medians of ten rounds with a repetition's noise, moods that all
// variants share, and a process's luck; from a night on, a variant is slower.
type past struct {
	nights      int
	luck        float64
	slower      map[string]float64
	slowerFrom  int
	seed        uint64
	renamedFrom int // nights of another suite
}

var pastVariants = []string{"ref", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10"}

func (p past) history() *history.History {
	rng := rand.New(rand.NewPCG(p.seed, 9))
	h := &history.History{Root: "nights"}
	for i := range p.nights {
		suite := "test"
		if p.renamedFrom > 0 && i >= p.renamedFrom {
			suite = "other"
		}
		h.Nights = append(h.Nights, history.Night{RunID: fmt.Sprint("n", i), Started: time.Date(2026, 1, 1, 2, 0, 0, 0, time.UTC).AddDate(0, 0, i), Suite: suite, Machine: "m"})
	}
	for i := range h.Nights {
		var rows []store.Timing
		for _, modality := range []string{"image", "text"} {
			luck := make([]float64, len(pastVariants))
			for v := range luck {
				luck[v] = p.luck * rng.NormFloat64()
			}
			for rep := range 10 {
				mood := 0.05 * rng.NormFloat64()
				for v, name := range pastVariants {
					slow := mood + luck[v] + 0.02*rng.NormFloat64()
					if i >= p.slowerFrom {
						slow += math.Log1p(p.slower[name])
					}
					rows = append(rows, store.Timing{Variant: name, Modality: modality, Phase: "encode", Rep: int64(rep), Items: 8, Warm: true, NS: int64(8e6 * float64(2+v) * math.Exp(slow))})
				}
			}
		}
		h.Nights[i].Levels = compare.Levels(rows)
	}
	return h
}

// followed judges the night of a history by the ones before it.
func followed(t testing.TB, h *history.History, at int, base string) *gate.Result {
	t.Helper()
	c := &compare.Comparison{Head: compare.Identity{RunID: fmt.Sprint("n", at)}, Base: compare.Identity{RunID: base}, Variants: pastVariants}
	return gate.Follow(&gate.Result{}, c, defaultPolicy(t), h)
}

// TestFollow: what the nights before say, and when they say nothing.
func TestFollow(t *testing.T) {
	h := past{nights: 60, seed: 1, slower: map[string]float64{"v3": 0.08}, slowerFrom: 40}.history()
	assert.Equal(t, gate.Pass, followed(t, h, 39, "n0").Verdict)
	r := followed(t, h, 40, "n0")
	require.Equal(t, gate.Regression, r.Verdict)
	assert.Regexp(t, `^REGRESSION: v3: (an image|a text) takes [6-9]\.\d % longer beside the other variants tonight, beside 20 nights`, r.Headline())
	late := followed(t, h, 59, "n0")
	require.Equal(t, gate.Regression, late.Verdict)
	assert.Regexp(t, `v3: (an image|a text) takes [6-9]\.\d % longer beside the other variants on \d+ nights since 2026-02-\d\d \(n\d+\), summed up`, late.Headline())

	pinned := followed(t, h, 59, "n45")
	assert.Equal(t, gate.Pass, pinned.Verdict, "a baseline of the new level was pinned since")
	few := followed(t, h, 5, "n0")
	assert.Contains(t, fmt.Sprint(few.Notes), "5 of this suite on this machine since the baseline, 10 are needed")
	gone := gate.Follow(&gate.Result{}, &compare.Comparison{Head: compare.Identity{RunID: "elsewhere"}}, defaultPolicy(t), h)
	assert.Equal(t, gate.NotMeasured, gone.Verdict)
	assert.Contains(t, gone.Headline(), "run elsewhere is not below nights: make it there with eval --history")
	other := followed(t, past{nights: 60, seed: 1, renamedFrom: 55}.history(), 59, "n0")
	assert.Contains(t, fmt.Sprint(other.Notes), "4 of this suite")
}

// TestFollowCalibration: false alarms of undamaged nights, and how soon a slowdown is seen.
func TestFollowCalibration(t *testing.T) {
	if testing.Short() {
		t.Skip("a simulation: nothing concurrent")
	}
	n, table := max(2, nights(t)/10), ""
	for _, c := range []struct {
		luck, slower float64
		within       int     // nights
		promised     float64 // share
	}{{0, 0, 0, 0}, {0.01, 0, 0, 0}, {0, 0.05, 1, 0.75}, {0, 0.05, 3, 0.95}, {0, 0.02, 14, 0.75}, {0.01, 0.05, 7, 0.95}} {
		caught, nightsSeen := 0, 0
		for k := range n {
			p := past{nights: 60, luck: c.luck, slower: map[string]float64{"v3": c.slower}, slowerFrom: 40, seed: uint64(1000*k) + uint64(1e5*c.luck)}
			h := p.history()
			if c.slower == 0 {
				before := map[string]bool{} // an alarm that stands is one
				for at := 20; at < p.nights; at++ {
					nightsSeen++
					now := map[string]bool{}
					for _, f := range followed(t, h, at, "n0").Regressions {
						if now[f.Variant+f.Where] = true; !before[f.Variant+f.Where] {
							caught++
						}
					}
					before = now
				}
				continue
			}
			nightsSeen++
			for at := p.slowerFrom; at < p.slowerFrom+c.within; at++ {
				if r := followed(t, h, at, "n0"); r.Verdict == gate.Regression && r.Regressions[0].Variant == "v3" {
					caught++
					break
				}
			}
		}
		share := float64(caught) / float64(nightsSeen)
		table += fmt.Sprintf("| noise 2 %%, moods 5 %%, luck %g %% | %g %% slower, within %d | %d of %d |\n", 100*c.luck, 100*c.slower, c.within, caught, nightsSeen)
		if c.slower == 0 {
			assert.LessOrEqual(t, share, 0.01+0.01*math.Sqrt(1000/float64(nightsSeen)), "false alarms, luck %g", c.luck)
		} else {
			assert.GreaterOrEqual(t, share, c.promised, "%+v", c)
		}
	}
	if os.Getenv("FASTCLIP_NIGHTS") != "" {
		fmt.Print(table)
	}
}

// TestHistorySteps: a level that became worse since the baseline is a note, or by the policy a regression; one that
// is back, or from before the baseline, is neither.
func TestHistorySteps(t *testing.T) {
	h := past{nights: 30, seed: 1}.history()
	value := func(v float64) *float64 { return &v }
	line := history.Series{Kind: history.Score, Variant: "v3", Dataset: "d", Of: "t2i", Metric: "R@1"}
	for i := range h.Nights {
		line.Points = append(line.Points, history.Point{Night: i, Value: value(0.7)})
	}
	fail, err := gate.ParsePolicy([]byte("rules: [{match: '*', history_steps: fail}]"))
	require.NoError(t, err)
	at := func(p *gate.Policy, base string, steps ...history.Step) *gate.Result {
		s := line
		s.Steps = steps
		h.Series = []history.Series{s}
		c := &compare.Comparison{Head: compare.Identity{RunID: "n29"}, Base: compare.Identity{RunID: base}, Variants: pastVariants, Datasets: []string{"d"}}
		return gate.Follow(&gate.Result{}, c, p, h)
	}
	down := history.Step{Point: 20, Before: 0.7, After: 0.699, P: value(0.5), Worse: true}
	r := at(fail, "n0", down)
	require.Equal(t, gate.Regression, r.Verdict)
	assert.Equal(t, "REGRESSION: v3 on d: 1 score worse (d t2i R@1 70.0 -> 69.9, p 0.5) since the night of 2026-01-21 (n20); first stage that went wrong: rank (the embeddings are BASE's)", r.Headline())
	note := at(defaultPolicy(t), "n0", down)
	assert.Equal(t, gate.Pass, note.Verdict)
	assert.Contains(t, fmt.Sprint(note.Notes), "v3: 1 score worse (d t2i R@1 70.0 -> 69.9, p 0.5)")
	var text bytes.Buffer
	require.NoError(t, gate.Write(&text, "text", r))
	assert.NotContains(t, text.String(), "of 0 tests", "a step is no test of the gate's")
	assert.Equal(t, gate.Pass, at(fail, "n25", down).Verdict, "the baseline is of the new level")
	assert.Equal(t, gate.Pass, at(fail, "n0", down, history.Step{Point: 25, Before: 0.699, After: 0.7}).Verdict, "back again")
	assert.Equal(t, gate.Regression, at(fail, "n0", history.Step{Point: 5, Before: 0.7, After: 0.6, Worse: true}, history.Step{Point: 9, Before: 0.6, After: 0.65}, history.Step{Point: 20, Before: 0.65, After: 0.64, Worse: true}).Verdict)
}

// TestStepsOfOneNightAreOneNote: one cause moves many lines of a variant, which are told together.
func TestStepsOfOneNightAreOneNote(t *testing.T) {
	h := past{nights: 30, seed: 1}.history()
	h.Series = nil
	for i, variant := range []string{"v3", "v3", "v3", "v4"} {
		s := history.Series{Kind: history.Score, Variant: variant, Dataset: "d", Of: "t2i", Metric: fmt.Sprint("R@", i), Steps: []history.Step{{Point: 20, Before: 0.7, After: 0.6 - 0.1*float64(i), Worse: true}}}
		for k := range h.Nights {
			v := 0.7
			s.Points = append(s.Points, history.Point{Night: k, Value: &v})
		}
		h.Series = append(h.Series, s)
	}
	c := &compare.Comparison{Head: compare.Identity{RunID: "n29"}, Base: compare.Identity{RunID: "n0"}, Variants: pastVariants, Datasets: []string{"d"}}
	r := gate.Follow(&gate.Result{}, c, defaultPolicy(t), h)
	require.Len(t, r.Notes, 2)
	assert.Contains(t, fmt.Sprint(r.Notes), "v3: 3 scores worse (largest: d t2i R@2 70.0 -> 40.0) since the night of 2026-01-21 (n20)")
	assert.Contains(t, fmt.Sprint(r.Notes), "v4: 1 score worse")
	fail, err := gate.ParsePolicy([]byte("rules: [{match: '*', history_steps: fail}]"))
	require.NoError(t, err)
	assert.Len(t, gate.Follow(&gate.Result{}, c, fail, h).Regressions, 2)
}
