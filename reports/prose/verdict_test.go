package prose

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/reportstest"
)

func verdictsOf(res *store.Results) map[string]Verdict {
	out := map[string]Verdict{}
	for _, v := range Tell(res).Verdicts {
		out[v.Kind] = v
	}
	return out
}

// still is a run in which nothing moved: every variant is the reference again.
func still() *store.Results {
	res := reportstest.Full()
	res.Variants, res.Failures, res.Datasets[1].Skipped = res.Variants[:3], nil, 0
	for i := range res.Scores {
		if s := &res.Scores[i]; s.Delta != nil {
			s.Delta, s.DeltaLow, s.DeltaHigh, s.PValue = new(0.0), new(0.0), new(0.0), new(1.0)
		}
	}
	for i := range res.Drift {
		if d := &res.Drift[i]; d.Stat == "mean_abs" {
			d.Value = 0
		}
	}
	for i := range res.Timings {
		res.Timings[i].NS = 1000 + res.Timings[i].Rep
	}
	return res
}

func TestNothingMoved(t *testing.T) {
	r := Tell(still())
	assert.Equal(t, "Nothing moved.", r.Summary)
	for _, v := range r.Verdicts {
		assert.Equal(t, "calm", v.State, v.Kind)
	}
}

func TestVerdicts(t *testing.T) {
	got := verdictsOf(reportstest.Full())
	assert.Equal(t, "bad", got["scores"].State)
	assert.Equal(t, "1 of 3 variants loses score beyond noise", got["scores"].Headline)
	assert.Contains(t, got["scores"].Items[0], "opencv_based/mini: R@1 over all searches falls by 12.3 points")
	assert.Equal(t, "1 of 3 variants changed top hits (opencv_based/mini most, 30.0 %), 1 could change R@K, 1 cannot change R@K: embeddings equal the reference's bit for bit", got["drift"].Headline)
	assert.Equal(t, "opencv_based/mini: 30.0 % of 120 top hits changed, drift 1.2e-2, enters at geometry: aspect ratio lost", got["drift"].Items[0])
	assert.Equal(t, "1 of 5 variants is not available here", got["measured"].Headline)

	assert.Equal(t, "note", verdictsOf(reportstest.ReferenceFailed())["scores"].State, "no comparison is never calm")
	assert.Equal(t, "bad", verdictsOf(reportstest.ReferenceFailed())["measured"].State)
	assert.NotEqual(t, "Nothing moved.", Tell(reportstest.Empty()).Summary)
	assert.NotEqual(t, "Nothing moved.", Tell(reportstest.Alone()).Summary)
	assert.Equal(t, "bad", verdictsOf(reportstest.Hostile())["drift"].State, "outputs that are no numbers")
}

// TestSpeedVerdict: ten rounds on one side are shown, nine of ten are not, nor is a small loss.
func TestSpeedVerdict(t *testing.T) {
	with := func(factor func(rep int64) float64) Verdict {
		res := still()
		res.Timings = nil
		for _, v := range res.Variants {
			for rep := range int64(10) {
				ns := 1e6
				if v.Variant == "int8/mini" {
					ns *= factor(rep)
				}
				res.Timings = append(res.Timings, store.Timing{Variant: v.Variant, Phase: "encode", Modality: "image", Items: 1, Rep: rep, NS: int64(ns), Warm: true})
			}
		}
		return verdictsOf(res)["speed"]
	}
	slow := with(func(int64) float64 { return 1.2 })
	assert.Equal(t, "1 of 2 variants is slower than the reference", slow.Headline)
	assert.Equal(t, []string{"int8/mini: image takes 1.20 times as long"}, slow.Items)
	assert.Equal(t, "1 of 2 variants is faster than the reference, none slower", with(func(int64) float64 { return 0.5 }).Headline)
	assert.Equal(t, "calm", with(func(int64) float64 { return 1.03 }).State)
	assert.Equal(t, "calm", with(func(rep int64) float64 {
		if rep < 2 {
			return 0.9
		}
		return 1.2
	}).State)
}

func TestSortKey(t *testing.T) {
	for cell, want := range map[string]string{
		"26.2 ±5.7": "26.2", "26.2 (0.0 ~)": "26.2", "1.9e-2": "0.019", "51.0 %": "51", "5.61x": "5.61", "-0.0371": "-0.0371", "0": "0",
		"1 - 1.6e-13": "0.99999999999984", "0.0407 ± 0.0399 (0.0235)": "0.0407", "+3": "3", " 7": "7",
	} {
		got, ok := sortKey(cell)
		assert.True(t, ok, cell)
		assert.Equal(t, want, got, cell)
	}
	for _, cell := range []string{"-", "", "onnx/mini", "2026-01-02", "12:30", "no number 3", "~"} {
		_, ok := sortKey(cell)
		assert.False(t, ok, cell)
	}
}
