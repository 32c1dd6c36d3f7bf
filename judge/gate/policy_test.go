package gate_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/judge/gate"
)

// TestRulesThatJudgeNothing: a rule that fits no variant, or whose variants all have an earlier rule,
// is a wrong call, and the line is said.
func TestRulesThatJudgeNothing(t *testing.T) {
	for policy, want := range map[string]string{
		"rules:\n  - match: onnx16_mini\n  - match: '*'\n":                                  `[2:12] rule "onnx16_mini" fits none of the variants (ref, onnx16/mini)`,
		"rules:\n  - match: '*'\n  - match: onnx16/mini\n":                                  `[3:12] rule "onnx16/mini" judges nothing: the earlier rule "*" fits all its variants`,
		"rules:\n  - match: ref\n  - match: onnx*\n  - match: '?ef'\n  - match: '*'\n":      `[4:12] rule "?ef" judges nothing: the earlier rule "ref" fits all its variants`,
		"rules:\n  - match: Ref\n  - match: '*'\n":                                          `rule "Ref" fits none of the variants`,
		"rules:\n  - match: '*mini'\n  - match: '*'\n":                                      "",
		"rules:\n  - match: ref\n    skip: [score, drift, slowdown]\n  - match: onnx16/*\n": "",
	} {
		p, err := gate.ParsePolicy([]byte(policy))
		require.NoError(t, err)
		if err := p.Fits([]string{"ref", "onnx16/mini"}); want == "" {
			require.NoError(t, err, policy)
		} else {
			require.ErrorContains(t, err, want, policy)
		}
	}
}

func TestPolicyErrorsNameTheLine(t *testing.T) {
	cases := map[string]struct{ yaml, want string }{
		"unknown key":                {"alpha: 0.01\nrulez: []\n", "[2:1]"},
		"unknown part":               {"rules:\n  - match: a\n    drift: {mean: 1}\n", "[3:13]"},
		"no number":                  {"rules:\n  - match: a\n    score: {points: many}\n", "[3:21]"},
		"negative":                   {"rules:\n  - match: a\n    drift: {mean_abs: -1}\n", "[3:23] drift.mean_abs -1: want 0 or more"},
		"an infinite limit":          {"rules:\n  - match: a\n    drift: {mean_abs: .inf}\n", "[3:23] drift.mean_abs +Inf: no run can break this limit"},
		"more points than there are": {"rules:\n  - match: a\n    score: {points: 100}\n", "[3:21] score.points 100: no run can break this limit"},
		"all may change":             {"rules:\n  - match: a\n    drift: {may_change_percent: 101}\n", "no run can break this limit"},
		"alpha not a number":         {"alpha: .nan\nrules: [{match: a}]\n", "alpha NaN: want a chance"},
		"two documents":              {"rules: [{match: a}]\n---\nrules: [{match: b}]\n", "[3:6] a second document"},
		"not a number":               {"rules:\n  - match: a\n    drift: {mean_abs: .nan}\n", "want 0 or more"},
		"alpha":                      {"alpha: 2\nrules: [{match: a}]\n", "[1:8] alpha 2: want a chance between 0 and 1"},
		"skip":                       {"rules:\n  - match: a\n    skip: [all]\n", `[3:12] skip "all": want one of score, drift, slowdown`},
		"no match":                   {"rules:\n  - skip: [drift]\n", "a rule needs match"},
		"no rules":                   {"alpha: 0.01\n", "the policy has no rules"},
		"empty":                      {"", "the file is empty"},
		"no metrics":                 {"rules:\n  - match: a\n    score: {metrics: []}\n", "score wants metrics"},
		"crash of a tag":             {"rules: !x\n", ""},
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
	assert.Equal(t, defaultPolicy(t).Rules, got.Rules)
	assert.Equal(t, defaultPolicy(t).Alpha, got.Alpha)
	_, err = gate.LoadPolicy(path + ".gone")
	assert.ErrorContains(t, err, "read policy")
}

// TestScaleIsAPolicysChoice: embeddings in other lengths are a regression that is named so, or pass.
func TestScaleIsAPolicysChoice(t *testing.T) {
	base, head := night{seed: 1}.run(), night{seed: 1}.run()
	plain := head.Embeddings
	head.Embeddings = func(variant, dataset, modality string) ([]store.Embedding, error) {
		rows, err := plain(variant, dataset, modality)
		for i := range rows {
			for k := range rows[i].Embedding {
				if variant == "a" && modality == "image" {
					rows[i].Embedding[k] /= 8
				}
			}
		}
		return rows, err
	}
	for i, d := range head.Drift { // as eval measures it from the reference
		if d.Variant == "a" && d.Stage == "embedding" {
			head.Drift[i].Value = 1.7
		}
	}
	c := compare.Runs(base, head, compare.Options{Resamples: 100})
	for policy, want := range map[string]string{
		"rules: [{match: '*'}]":                                          "REGRESSION: a on d: image embeddings are BASE's times 0.125: scale only (mean |a-b|",
		"rules: [{match: '*', drift: {scale: judge}}]":                   "REGRESSION: a on d: image embeddings are BASE's times 0.125: scale only (mean |a-b|",
		"rules: [{match: '*', drift: {scale: allow}}]":                   "PASS",
		"rules: [{match: '*', drift: {scale: allow, floor_factor: 20}}]": "NOT MEASURED", // the fixture has no floor
	} {
		p, err := gate.ParsePolicy([]byte(policy))
		require.NoError(t, err)
		assert.Contains(t, gate.Judge(c, p).Headline(), want, policy)
	}
	_, err := gate.ParsePolicy([]byte("rules: [{match: '*', drift: {scale: often}}]"))
	assert.ErrorContains(t, err, `scale "often": want judge or allow`)
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

// TestDriftLimits: mean |a-b|, multiples of the noise floor, and what may change a score.
func TestDriftLimits(t *testing.T) {
	floor := 1e-6
	c := func(meanAbs float64, floor *float64, uncertain int) *compare.Comparison {
		return &compare.Comparison{
			Variants: []string{"a"}, Datasets: []string{"d"},
			Drift:   []compare.Drift{{Variant: "a", Dataset: "d", Modality: "image", MeanAbs: meanAbs, Items: 1, Floor: floor}},
			Budgets: []compare.Budget{{Variant: "a", Dataset: "d", Direction: "t2i", Metric: "R@1", Queries: 200, Uncertain: uncertain, Allowed: 1e-5, Moved: 1e-4}},
		}
	}
	for name, x := range map[string]struct {
		drift string
		cmp   *compare.Comparison
		want  gate.Verdict
		text  string
	}{
		"default, within":      {"", c(9e-5, &floor, 9), gate.Pass, ""},
		"default, beyond":      {"", c(2e-4, &floor, 0), gate.Regression, "limit 0.0001"},
		"floor, within":        {"floor_factor: 20", c(1.9e-5, &floor, 9), gate.Pass, ""},
		"floor, beyond":        {"floor_factor: 20", c(2.1e-5, &floor, 0), gate.Regression, "limit 2e-05: 20 times the noise floor of 1e-06"},
		"floor, in its place":  {"floor_factor: 1000", c(5e-4, &floor, 0), gate.Pass, ""},
		"floor, beside":        {"floor_factor: 1000, mean_abs: 1e-4", c(5e-4, &floor, 0), gate.Regression, "limit 0.0001"},
		"floor, not measured":  {"floor_factor: 20", c(0, nil, 0), gate.NotMeasured, "the noise floor of images"},
		"no change, none":      {"may_change_percent: 0", c(1, &floor, 0), gate.Pass, ""},
		"no change, one":       {"may_change_percent: 0", c(1e-9, &floor, 1), gate.Regression, "its drift can have changed the R@1 t2i of 1 of 200 queries (limit 0 %): unit embeddings moved by up to 0.0001, the flip budget is 1e-05"},
		"a few, within":        {"may_change_percent: 1", c(1, &floor, 2), gate.Pass, ""},
		"a few, beyond":        {"may_change_percent: 1", c(1, &floor, 3), gate.Regression, "3 of 200"},
		"no change, no budget": {"may_change_percent: 0", &compare.Comparison{Variants: []string{"a"}, Datasets: []string{"d"}, Drift: c(0, nil, 0).Drift}, gate.NotMeasured, "no flip budget"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := gate.ParsePolicy([]byte("rules:\n  - match: '*'\n    drift: {" + x.drift + "}\n    skip: [score, slowdown]\n"))
			require.NoError(t, err)
			got := gate.Judge(x.cmp, p)
			assert.Equal(t, x.want, got.Verdict, got.Headline())
			assert.Contains(t, got.Headline(), x.text)
			writeAll(t, got)
		})
	}
}

// TestFaults: a policy may refuse zero vectors and the like.
func TestFaults(t *testing.T) {
	c := &compare.Comparison{Variants: []string{"a", "b"}, Faults: []compare.Fault{{Variant: "a", Text: "2 of 9 picture embeddings are zero vectors: x, y"}}}
	for faults, want := range map[string]int{"": 0, "allow": 0, "refuse": 1} {
		text := "rules:\n  - match: \"*\"\n"
		if faults != "" {
			text += "    faults: " + faults + "\n"
		}
		p, err := gate.ParsePolicy([]byte(text))
		require.NoError(t, err)
		var found []gate.Finding
		for _, f := range gate.Judge(c, p).Regressions {
			if f.Check == "faults" {
				found = append(found, f)
			}
		}
		require.Len(t, found, want, faults)
		if want > 0 {
			assert.Equal(t, "a", found[0].Variant)
			assert.Contains(t, found[0].Text, "zero vectors: x, y")
		}
	}
	_, err := gate.ParsePolicy([]byte("rules:\n  - match: a\n    faults: no\n"))
	assert.ErrorContains(t, err, `[3:13] faults "no": want allow or refuse`)
}
