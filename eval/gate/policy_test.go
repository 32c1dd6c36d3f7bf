package gate_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/compare"
	"github.com/fastclip/fastclip/eval/gate"
)

func TestPolicyErrorsNameTheLine(t *testing.T) {
	cases := map[string]struct{ yaml, want string }{
		"unknown key":    {"alpha: 0.01\nrulez: []\n", "[2:1]"},
		"unknown part":   {"rules:\n  - match: a\n    drift: {mean: 1}\n", "[3:13]"},
		"no number":      {"rules:\n  - match: a\n    score: {points: many}\n", "[3:21]"},
		"negative":       {"rules:\n  - match: a\n    drift: {mean_abs: -1}\n", "[3:23] drift.mean_abs -1: want 0 or more"},
		"not a number":   {"rules:\n  - match: a\n    drift: {mean_abs: .nan}\n", "want 0 or more"},
		"alpha":          {"alpha: 2\nrules: [{match: a}]\n", "[1:8] alpha 2: want a chance between 0 and 1"},
		"skip":           {"rules:\n  - match: a\n    skip: [all]\n", `[3:12] skip "all": want one of score, drift, slowdown`},
		"no match":       {"rules:\n  - skip: [drift]\n", "a rule wants match"},
		"no rules":       {"alpha: 0.01\n", "the policy has no rules"},
		"empty":          {"", "EOF"},
		"no metrics":     {"rules:\n  - match: a\n    score: {metrics: []}\n", "score wants metrics"},
		"crash of a tag": {"rules: !x\n", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := gate.ParsePolicy([]byte(c.yaml))
			require.Error(t, err)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestPolicyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.yaml")
	require.NoError(t, os.WriteFile(path, gate.DefaultPolicy(), 0o600))
	got, err := gate.LoadPolicy(path)
	require.NoError(t, err)
	assert.Equal(t, defaultPolicy(t), got)
	_, err = gate.LoadPolicy(path + ".gone")
	assert.ErrorContains(t, err, "read policy")
}

// TestFirstRuleWins, and what it leaves out is the default's.
func TestFirstRuleWins(t *testing.T) {
	head := night{drift: map[string]float64{"a": 0.01, "b": 0.01}}.run()
	judge := func(policy string) *gate.Result {
		p, err := gate.ParsePolicy([]byte(policy))
		require.NoError(t, err)
		return gate.Judge(compare.Runs(night{}.run(), head, compare.Options{}), p)
	}
	loose := "rules:\n  - match: a\n    drift: {mean_abs: 0.1, reference_factor: 1e6}\n"
	got := judge(loose + "  - match: '*'\n")
	assert.Equal(t, gate.Regression, got.Verdict)
	assert.Len(t, got.Regressions, 1)
	assert.Equal(t, "b", got.Regressions[0].Variant)

	assert.Equal(t, gate.Pass, judge(loose+"  - match: b\n    skip: [drift]\n  - match: '*'\n").Verdict)
	assert.Equal(t, gate.NotMeasured, judge("rules:\n  - match: '[ab]'\n").Verdict, "nobody judges ref, a, b and c: brackets are text")
	assert.Equal(t, gate.Pass, judge("rules:\n  - match: '?*'\n    skip: [drift, score]\n").Verdict)
	assert.Equal(t, gate.NotMeasured, judge("rules:\n  - match: '*'\n    skip: [drift]\n    score: {metrics: [MAP]}\n").Verdict, "a metric that no run has")
}
