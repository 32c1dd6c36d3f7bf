package suite

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
)

// whole is a suite file in which nothing is wrong; a test replaces one line.
const whole = `name: s
reference: a
defaults: {model: big, batch: 8}
metrics: [R@1, MAP]
datasets:
  - {name: d, scenes: {objects: 1, count: 4}}
variants:
  - name: a
  - {name: b, batch: 1}
`

func TestParseSuite(t *testing.T) {
	s, err := Parse([]byte(whole))
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b"}, []string{s.Variants[0].Name, s.Variants[1].Name})
	assert.Equal(t, []int{8, 1}, []int{s.Variants[0].Batch, s.Variants[1].Batch}, "the defaults, unless a variant says otherwise")
	assert.Equal(t, []string{"big", "big"}, []string{s.Variants[0].Model, s.Variants[1].Model})
	assert.Equal(t, []int{0, 10000, 32, 10, 2}, []int{s.Context, s.Resamples, s.Timing.Items, s.Timing.Rounds, s.Timing.Warmup})
	assert.Equal(t, 10*time.Minute, s.Timeout)
	assert.Len(t, s.SHA256, 64)

	s, err = Parse([]byte(strings.NewReplacer("reference: a\n", "", "metrics: [R@1, MAP]\n", "").Replace(whole)))
	require.NoError(t, err)
	assert.Equal(t, "a", s.Reference, "the first variant")
	assert.Equal(t, MetricNames(), s.Metrics)
}

func TestParseSuiteRefuses(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"unknown key":             {"name: s", "name: s\nmetric: [R@1]", `[2:1] unknown field "metric"`},
		"unknown key of variant":  {"  - name: a", "  - name: a\n    bach: 1", `[9:5] unknown field "bach"`},
		"wrong type":              {"name: s", "name: s\nseed: lots", "[2:7]"},
		"no YAML":                 {"name: s", "name: [", "[1:7]"},
		"a tag for a list":        {"[R@1, MAP]", "!x", "want a list"},
		"no name":                 {"name: s", "seed: 1", "the suite has no name"},
		"unknown runtime":         {"name: b", "name: b, runtime: tensorflow", `variant b: unknown runtime "tensorflow": want one of`},
		"unknown precision":       {"name: b", "name: b, precision: fp61", `variant b: precision "fp61": runtime onnxruntime has`},
		"unknown option":          {"name: b", "name: b, options: {io_bindings: on}", "variant b: option io_bindings: no such option"},
		"options of precomputed":  {"name: b", "name: b, runtime: precomputed, options: {a: b}", "variant b: batch: runtime precomputed makes no use of it: leave it out"},
		"unknown metric":          {"[R@1, MAP]", "[R@1, R@2]", `[4:16] unknown metric "R@2": want one of R@1`},
		"bad batch":               {"batch: 1}", "batch: -1}", "variant b: batch -1: want 1 to"},
		"bad tokenizer":           {"batch: 1}", "tokenizer: bert}", `variant b: tokenizer "bert": want openai or hf`},
		"variant without a name":  {"name: b, ", "", "variant has no name"},
		"variant outside the run": {"name: b", "name: ../b", `variant name "../b"`},
		"variant named twice":     {"name: b", "name: a", `[9:12] variant "a" is named twice`},
		"reference missing":       {"reference: a", "reference: c", `[2:12] reference "c" is not among the variants`},
		"dataset named twice":     {"variants:", "  - {name: d, folder: {path: p}}\nvariants:", `dataset "d" is named twice`},
		"folder and scenes":       {"count: 4}", "count: 4}, folder: {path: p}", `dataset "d": want exactly one of scenes, folder`},
		"neither":                 {", scenes: {objects: 1, count: 4}", "", `dataset "d": want exactly one of scenes, folder`},
		"four objects":            {"objects: 1", "objects: 4", "objects of 1, 2 or 3"},
		"folder without a path":   {"scenes: {objects: 1, count: 4}", "folder: {}", "folder needs a path"},
		"table without a path":    {"scenes: {objects: 1, count: 4}", "table: {images: p}", `[6:5] dataset "d": table needs a path`},
		"captions without a path": {"scenes: {objects: 1, count: 4}", "captions: {}", "captions needs a path"},
		"unknown column":          {"scenes: {objects: 1, count: 4}", "table: {path: p, columns: {x: y}}", `unknown field "x"`},
		"template of scenes":      {"name: d", "name: d, template: 'a {}'", "template must contain {}"},
		"template without {}":     {"scenes: {objects: 1, count: 4}", "template: a, folder: {path: p}", "template must contain {}"},
		"dataset outside the run": {"name: d", "name: /d", `dataset name "/d"`},
		"dataset in a folder":     {"name: d", "name: a/d", `dataset name "a/d"`},
		"long name":               {"name: b", "name: " + strings.Repeat("b", 101), "want at most 100"},
		"short context":           {"name: s", "name: s\ncontext: 1", "[2:10] context 1: want at least 2"},
		"few resamples":           {"name: s", "name: s\nresamples: 9", "[2:12] resamples 9"},
		"skip of no part":         {"name: s", "name: s\nskip: [timing, lunch]", `[2:16] skip "lunch": want one of timing`},
		"bench without time":      {"name: s", "name: s\nbench: {min_time: 9s, max_time: 1s}", "[2:8] bench: want min_calls"},
		"timing":                  {"name: s", "name: s\ntiming: {items: -1}", "timing wants items"},
		"timeout":                 {"name: s", "name: s\ntimeout: -1s", "[2:10] timeout -1s"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(strings.Replace(whole, c.old, c.new, 1)))
			assert.ErrorContains(t, err, c.want)
		})
	}
	_, err := Parse(nil)
	assert.Error(t, err)
	_, err = Parse([]byte("name: s"))
	assert.ErrorContains(t, err, "no variants")
	assert.ErrorContains(t, err, "no datasets")
}

func TestEmbeddedSuites(t *testing.T) {
	require.Contains(t, Names(), "default")
	for _, name := range Names() {
		s, err := Load(name)
		require.NoError(t, err)
		assert.Equal(t, name, s.Name)
	}
}

// TestDeviceSuite: what internal/device/device.sh runs is a suite, with its reference in both halves.
func TestDeviceSuite(t *testing.T) {
	s, err := Load(filepath.Join("..", "..", "internal", "device", "device.yaml"))
	require.NoError(t, err)
	script, err := os.ReadFile(filepath.Join("..", "..", "internal", "device", "device.sh"))
	require.NoError(t, err)
	for _, v := range s.Variants {
		if v.Name != s.Reference {
			assert.Contains(t, string(script), v.Name)
		}
	}
}

func TestLoadSuite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "s.yaml")
	require.NoError(t, os.WriteFile(path, []byte(whole), 0o644))
	s, err := Load(path)
	require.NoError(t, err)
	assert.Equal(t, dir, s.Dir)

	require.NoError(t, os.WriteFile(path, []byte("name: s\nnome: s"), 0o644))
	_, err = Load(path)
	assert.ErrorContains(t, err, path+": [2:1]")
	_, err = Load("gone")
	assert.ErrorContains(t, err, `"gone" is neither a file nor an embedded suite (default`)
	_, err = Load(dir)
	assert.ErrorContains(t, err, "read suite")
}

func TestSelect(t *testing.T) {
	three := strings.Replace(whole, "variants:", "  - {name: e, folder: {path: p}}\nvariants:\n  - name: c", 1)
	for name, c := range map[string]struct {
		only, sets, variants, datasets []string
		err                            string
	}{
		"nothing chosen":    {nil, nil, []string{"c", "a", "b"}, []string{"d", "e"}, ""},
		"reference stays":   {[]string{"b"}, nil, []string{"a", "b"}, []string{"d", "e"}, ""},
		"one dataset":       {nil, []string{"e"}, []string{"c", "a", "b"}, []string{"e"}, ""},
		"order of the file": {[]string{"b", "c"}, []string{"e", "d"}, []string{"c", "a", "b"}, []string{"d", "e"}, ""},
		"unknown variant":   {[]string{"b", "x"}, nil, nil, nil, `no variant "x" in the suite (it has c, a, b)`},
		"unknown dataset":   {nil, []string{"x"}, nil, nil, `no dataset "x" in the suite (it has d, e)`},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Parse([]byte(three))
			require.NoError(t, err)
			if err := s.Select(c.only, c.sets); c.err != "" {
				assert.ErrorContains(t, err, c.err)
				return
			}
			var variants, sets []string
			for _, v := range s.Variants {
				variants = append(variants, v.Name)
			}
			for _, d := range s.Datasets {
				sets = append(sets, d.Name)
			}
			assert.Equal(t, c.variants, variants)
			assert.Equal(t, c.datasets, sets)
		})
	}
}

// FuzzParseSuite: any bytes are a suite that can be run or an error, and never a panic.
func FuzzParseSuite(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("variants: [{name: a, options: {a: b}}]\ntiming: {items: 1}\ntimeout: 1ns"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse(data)
		if err != nil {
			assert.NotEmpty(t, err.Error())
			return
		}
		assert.NotEmpty(t, s.Name)
		assert.NotEmpty(t, s.Datasets)
		f := &store.Folder{}
		for _, v := range s.Variants {
			assert.NoError(t, v.Validate())
			_, err := f.EmbeddingsPath(v.Name, s.Datasets[0].Name, "image")
			assert.NoError(t, err, "found out before the work is done")
		}
		assert.NoError(t, s.Select([]string{s.Reference}, nil))
		assert.Len(t, s.Variants, 1)
	})
}
