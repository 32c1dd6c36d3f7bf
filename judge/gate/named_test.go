package gate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/judge/gate"
)

// TestNamedMetrics: a misspelled metric beside a right one is no pass.
func TestNamedMetrics(t *testing.T) {
	c := compare.Runs(night{}.run(), night{}.run(), compare.Options{Resamples: 10})
	for rule, want := range map[string]string{
		"score: {metrics: [R@1]}":                         "PASS",
		"score: {metrics: [R@1, nDCG@10]}":                "PASS", // the default's own, of which a run may lack one
		"score: {metrics: [R@1, R@l]}":                    `NOT MEASURED: no score of the two runs is R@l, which the policy's rule "*" names`,
		"score: {metrics: [R@1, R@l]}\n    skip: [score]": "PASS",
		"score: {directions: [t2i, i2i]}":                 "PASS",
		"score: {metrics: [map]}":                         "NOT MEASURED",
	} {
		p, err := gate.ParsePolicy([]byte("rules:\n  - match: \"*\"\n    " + rule + "\n"))
		require.NoError(t, err)
		assert.Contains(t, gate.Judge(c, p).Headline(), want, rule)
	}
}

// TestNothingIsTakenForTheDefault: what is written and cannot be is refused.
func TestNothingIsTakenForTheDefault(t *testing.T) {
	for policy, want := range map[string]string{
		"alpha: 0\nrules: [{match: '*'}]":                        "[1:8] alpha 0: want a chance between 0 and 1",
		"alpha: 1\nrules: [{match: '*'}]":                        "alpha 1",
		"rules: [{match: '*', score: {directions: [t2i, i2x]}}]": `direction "i2x": want one of t2i, i2t, i2i`,
		"rules: [{match: '*', drift: {row_factor: -1}}]":         "row_factor -1: want 0 or more",
		"rules: []": "no rules",
	} {
		_, err := gate.ParsePolicy([]byte(policy))
		assert.ErrorContains(t, err, want, policy)
	}
	p, err := gate.ParsePolicy([]byte("rules: [{match: '*'}]"))
	require.NoError(t, err)
	assert.Equal(t, 0.02, p.Alpha)
}

// TestTooFewQueries: a score that fell to nothing on a handful of queries is no pass, though no test can show it;
// where nothing fell, few queries are no fault.
func TestTooFewQueries(t *testing.T) {
	p, err := gate.ParsePolicy([]byte("rules: [{match: '*', skip: [drift, slowdown]}]"))
	require.NoError(t, err)
	few := night{queries: 5}
	assert.Equal(t, gate.Pass, gate.Judge(compare.Runs(few.run(), few.run(), compare.Options{Resamples: 10}), p).Verdict)
	lost := few
	lost.lost = map[string]int{"a": 5}
	r := gate.Judge(compare.Runs(few.run(), lost.run(), compare.Options{Resamples: 10}), p)
	assert.Equal(t, gate.NotMeasured, r.Verdict)
	assert.Contains(t, r.Headline(), "a on d: R@1 t2i fell from 100.0 to 0.0: 100.0 points")
	assert.Contains(t, r.Headline(), "which 5 different queries cannot show among 1 tests")
	_, err = gate.ParsePolicy([]byte("rules: [{match: '*', skip: [drift, drift, drift]}]"))
	assert.ErrorContains(t, err, `skip names "drift" twice`)
}
