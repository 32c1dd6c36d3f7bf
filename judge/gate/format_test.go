package gate_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/judge/gate"
)

// writeAll writes every format and sees that parsers take them and all hold the headline.
func writeAll(t *testing.T, r *gate.Result) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, f := range gate.Formats() {
		var b bytes.Buffer
		require.NoError(t, gate.Write(&b, f, r), f)
		out[f] = b.String()
	}
	first, _, _ := strings.Cut(out["text"], "\n")
	assert.Equal(t, r.Headline(), first)
	var doc struct {
		Headline, Verdict string
	}
	require.NoError(t, json.Unmarshal([]byte(out["json"]), &doc))
	assert.Equal(t, r.Headline(), doc.Headline)
	assert.Equal(t, string(r.Verdict), doc.Verdict)
	var suite struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Cases    []struct {
			Failure *struct{} `xml:"failure"`
			Error   *struct{} `xml:"error"`
		} `xml:"testcase"`
	}
	require.NoError(t, xml.Unmarshal([]byte(out["junit"]), &suite))
	failures, errs := 0, 0
	for _, c := range suite.Cases {
		if c.Failure != nil {
			failures++
		}
		if c.Error != nil {
			errs++
		}
	}
	assert.NotEmpty(t, suite.Cases)
	assert.Equal(t, []int{len(suite.Cases), failures, errs}, []int{suite.Tests, suite.Failures, suite.Errors})
	assert.Equal(t, r.Verdict == gate.Regression, failures > 0)
	assert.Equal(t, len(r.Unmeasured) > 0, errs > 0)
	return out
}

func TestFormats(t *testing.T) {
	writeAll(t, verdict(t, night{}.run(), night{}.run()))
	writeAll(t, gate.NotRun("base", "head", errors.New("no such folder <x> & |y|")))
	bad := night{drift: map[string]float64{"a": 1}, lost: map[string]int{"b": 30}}.run()
	bad.Variants = bad.Variants[:3]
	out := writeAll(t, verdict(t, night{}.run(), bad))
	assert.Contains(t, out["text"], "\n- drift: a on d: image embeddings are 1 from")
	assert.Contains(t, out["text"], "\n- c: missing in HEAD\n")
	assert.Contains(t, out["github"], "## ❌ REGRESSION: b on d: R@1 t2i fell")
	assert.Contains(t, out["github"], `(mean \|a-b\|, limit`, "a bar must not end a cell")
	assert.ErrorContains(t, gate.Write(&bytes.Buffer{}, "pdf", &gate.Result{}), "want one of text, json, junit, github")
}

func TestCompareFormats(t *testing.T) {
	head := night{seed: 1, noise: 0.1, flips: 0.3, drift: map[string]float64{"a": 1}, lost: map[string]int{"b": 28}}.run()
	head.Run.CPUModel = "a|b"
	c := compare.Runs(night{}.run(), head, compare.Options{OtherHardware: true})
	var md, js bytes.Buffer
	require.NoError(t, compare.Write(&md, "md", c))
	assert.Contains(t, md.String(), `- cpu: a\|b, was cpu`)
	assert.Regexp(t, `\| b \| d \| R@1 t2i \| 70\.0 \| \d+\.\d \| -\d+\.\d \|`, md.String())
	assert.Contains(t, md.String(), "| ~ |")
	assert.Contains(t, md.String(), "## Scores over all searches together")
	var brief bytes.Buffer
	require.NoError(t, compare.WriteBrief(&brief, c))
	assert.Regexp(t, `(?s)^# .*?\n\n\*\*Lost score: b; moved beyond the noise floor: a.*?\*\*\n`, brief.String())
	assert.NotContains(t, brief.String(), "| ~ |", "only what is shown")
	assert.Contains(t, brief.String(), "rows that show no difference are left out: --all has them")
	assert.Regexp(t, `\| b \| d \| R@1 t2i \| 70\.0 \| \d+\.\d \| -\d+\.\d \|`, brief.String())
	brief.Reset()
	require.NoError(t, compare.WriteBrief(&brief, compare.Runs(night{}.run(), night{}.run(), compare.Options{})))
	assert.Contains(t, brief.String(), "**Nothing is shown to differ")
	assert.NotContains(t, brief.String(), "\n|", "no table without a row")
	require.NoError(t, compare.Write(&js, "json", c))
	var back compare.Comparison
	require.NoError(t, json.Unmarshal(js.Bytes(), &back))
	again, err := json.Marshal(back)
	require.NoError(t, err)
	assert.JSONEq(t, js.String(), string(again))
	assert.Error(t, compare.Write(&md, "html", c))
}
