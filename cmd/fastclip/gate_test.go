package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// gateRun is a finished run of one variant. All values of its image embeddings are value.
func gateRun(t *testing.T, value float32) string {
	t.Helper()
	f, err := store.Create(filepath.Join(t.TempDir(), "run"))
	require.NoError(t, err)
	res := &store.Results{
		Run:      store.Run{RunID: "r1", Suite: "tiny", Status: store.StatusOK},
		Datasets: []store.Dataset{{Dataset: "d", SHA256: "x"}},
		Variants: []store.Variant{{Variant: "onnx/mini", IsReference: true, Status: store.StatusOK}},
		Scores:   []store.Score{{Dataset: "d", Variant: "onnx/mini", Direction: "t2i", Metric: "R@1", Value: 1, NQueries: 1}},
		Queries:  []store.Query{{Dataset: "d", Variant: "onnx/mini", Direction: "t2i", Metric: "R@1", Value: 1, QueryID: "q", TopIDs: []string{"i"}}},
	}
	for rep := range int64(10) {
		res.Timings = append(res.Timings, store.Timing{Variant: "onnx/mini", Phase: "encode", Modality: "image", Rep: rep, Items: 1, NS: 1e6 + rep, Warm: true})
	}
	require.NoError(t, f.Save(res))
	require.NoError(t, f.WriteEmbeddings("onnx/mini", "d", "image", []store.Embedding{{ID: "i", Embedding: []float32{value, 2}}}))
	require.NoError(t, f.Finish("r1"))
	return f.Dir()
}

func TestGateExitCodes(t *testing.T) {
	good, bad := gateRun(t, 1), gateRun(t, 1.5)
	unfinished := gateRun(t, 1)
	require.NoError(t, os.Remove(filepath.Join(unfinished, "complete.json")))
	noScores := gateRun(t, 1)
	require.NoError(t, os.Remove(filepath.Join(noScores, "scores.parquet")))
	noEmbeddings := gateRun(t, 1)
	require.NoError(t, os.RemoveAll(filepath.Join(noEmbeddings, "embeddings")))
	policy := filepath.Join(t.TempDir(), "p.yaml")
	require.NoError(t, os.WriteFile(policy, []byte("rules:\n  - match: '*'\n    drift: {mean_abs: 1}\n"), 0o600))
	broken := filepath.Join(t.TempDir(), "p.yaml")
	require.NoError(t, os.WriteFile(broken, []byte("rules:\n  - math: '*'\n"), 0o600))
	cases := []struct {
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{[]string{good, good}, 0, "PASS: 1 variant,", ""},
		{[]string{good, bad}, 1, "REGRESSION: onnx/mini on d: the reference itself changed: its image embeddings are 0.25 from BASE's", ""},
		{[]string{good, bad, "--policy", policy}, 0, "PASS", ""},
		{[]string{good, bad, "--format", "junit"}, 1, "<?xml", ""},
		{[]string{good, bad, "--format", "json"}, 1, "{\n", ""},
		{[]string{good, bad, "--format", "github"}, 1, "## ", ""},
		{[]string{good, unfinished}, 3, "NOT MEASURED: HEAD ", ""},
		{[]string{unfinished, good}, 3, "NOT MEASURED: BASE ", ""},
		{[]string{good, filepath.Join(good, "gone")}, 3, "NOT MEASURED: HEAD ", ""},
		{[]string{good, noScores}, 3, "NOT MEASURED: HEAD ", ""},
		{[]string{good, noEmbeddings}, 3, "NOT MEASURED: ", ""},
		{[]string{good}, 3, "NOT MEASURED: BASE baseline.yaml", ""},
		{[]string{}, 2, "", "between 1 and 2 arg(s)"},
		{[]string{good, good, "--policy", broken}, 2, "", "[2:5]"},
		{[]string{good, good, "--policy", "gone.yaml"}, 2, "", "gone.yaml"},
		{[]string{good, good, "--format", "pdf"}, 2, "", "want one of text, json, junit, github"},
		{[]string{"--show-policy"}, 0, "# The default policy", ""},
	}
	for _, c := range cases {
		code, stdout, stderr := fastclipRun(append([]string{"gate"}, c.args...)...)
		assert.Equal(t, c.code, code, "%v\n%s%s", c.args, stdout, stderr)
		assert.Equal(t, c.stdout, stdout[:min(len(c.stdout), len(stdout))])
		assert.Contains(t, stderr, c.stderr)
	}
}

func TestCompare(t *testing.T) {
	base, head := gateRun(t, 1), gateRun(t, 1.5)
	code, stdout, stderr := fastclipRun("compare", base, head)
	assert.Zero(t, code, stderr)
	assert.Contains(t, stdout, "| onnx/mini | d | image | 0.25 | 0.5 |")
	code, stdout, _ = fastclipRun("compare", base, head, "--format", "json")
	assert.Zero(t, code)
	assert.Contains(t, stdout, `"mean_abs": 0.25,`)
	for _, args := range [][]string{{base}, {base, base + "gone"}, {base, head, "--format", "html"}} {
		code, stdout, _ = fastclipRun(append([]string{"compare"}, args...)...)
		assert.Equal(t, cli.ExitUsage, code, args)
		assert.Empty(t, stdout)
	}
}

func TestGateWrites(t *testing.T) {
	good, bad, dir := gateRun(t, 1), gateRun(t, 1.5), t.TempDir()
	xml, md := filepath.Join(dir, "gate.xml"), filepath.Join(dir, "summary.md")
	code, stdout, stderr := fastclipRun("gate", good, bad, "--write", "junit="+xml, "--write", "github="+md)
	require.Equal(t, 1, code, stderr)
	assert.Contains(t, stdout, "REGRESSION")
	for path, start := range map[string]string{xml: "<?xml", md: "## "} {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(string(data), start), path)
	}
	for arg, want := range map[string]string{"junit": "want FORMAT=FILE", "pdf=x": "want one of", "json=": "want FORMAT=FILE"} {
		code, _, stderr := fastclipRun("gate", good, bad, "--write", arg)
		assert.Equal(t, cli.ExitUsage, code, arg)
		assert.Contains(t, stderr, want)
	}
	code, _, stderr = fastclipRun("gate", good, good, "--write", "json="+filepath.Join(dir, "gone", "gate.json"))
	assert.Equal(t, 3, code, "a verdict that was not written is none")
	assert.Contains(t, stderr, "gone")
}
