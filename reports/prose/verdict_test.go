package prose

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
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

// TestCells: a column is sorted by its numbers, however they are written; words have none.
func TestCells(t *testing.T) {
	r := row{Cells: []Cell{text("7 of them"), number(0.2619, Percent), {"26.2 (0.0 ~)", 0.2619}, number(facts.Absent(), Percent), text("2026-01-02"), count(3)}, Tones: []string{"", "", "bad"}}
	assert.Equal(t, []cellView{
		{Text: "7 of them", Title: "7 of them"}, {Text: "26.2", Key: "0.2619"}, {Text: "26.2 (0.0 ~)", Key: "0.2619", Class: "bad"},
		{Text: NoNumber}, {Text: "2026-01-02", Class: "text"}, {Text: "3", Key: "3"},
	}, r.View())
}
