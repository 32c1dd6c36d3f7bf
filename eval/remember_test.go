package eval

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/suite"
)

// tables are what a run found, without its name.
func tables(t *testing.T, dir string) map[string]any {
	t.Helper()
	res := load(t, dir)
	for i := range res.Queries {
		res.Queries[i].RunID = ""
	}
	for i := range res.Drift {
		res.Drift[i].RunID = ""
	}
	for i := range res.Pooled {
		res.Pooled[i].RunID = ""
	}
	return map[string]any{"scores": nameless(res.Scores), "queries": res.Queries, "drift": res.Drift, "pooled": res.Pooled}
}

// entries are the segments of finished work in a cache.
func entries(t *testing.T, dir string) map[string]os.FileInfo {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "segments", "*"))
	require.NoError(t, err)
	out := map[string]os.FileInfo{}
	for _, path := range paths {
		if out[path], err = os.Stat(path); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestRememberedEqualsFresh: whatever of a suite was changed since the runs that a cache knows, a run
// with it finds what a fresh one does, to the last bit; one with nothing changed computes nothing.
func TestRememberedEqualsFresh(t *testing.T) {
	chosen := func(change func(*suite.Suite)) *suite.Suite {
		s := parse(t, single+"\n"+double, "  - {name: ref}\n  - {name: half, image: image.fp16.onnx, text: text.fp16.onnx, precision: fp16}\n  - {name: go, preprocess: go_image}")
		s.Skip = suite.Parts()
		change(s)
		return s
	}
	cfg := config(t, chosen(func(*suite.Suite) {}))
	mustRun(t, cfg)
	for _, c := range []struct {
		name   string
		change func(*suite.Suite)
		same   bool
	}{
		{"nothing", func(*suite.Suite) {}, true},
		{"a name, and one variant less", func(s *suite.Suite) { s.Variants = s.Variants[:2]; s.Variants[1].Name = "fp16" }, true},
		{"another variant", func(s *suite.Suite) { s.Variants[1].Image, s.Variants[1].Text = "image.int8.onnx", "text.int8.onnx" }, false},
		{"another reference", func(s *suite.Suite) { s.Reference = "half" }, false},
		{"order of metrics", func(s *suite.Suite) { s.Metrics = []string{"R@5", "R@1", "MAP", "MRR", "nDCG@10"} }, false},
		{"samples", func(s *suite.Suite) { s.Resamples = 200 }, false},
		{"seed", func(s *suite.Suite) { s.Seed = 99 }, false},
		{"order of datasets", func(s *suite.Suite) { s.Datasets[0], s.Datasets[1] = s.Datasets[1], s.Datasets[0] }, false},
		{"fewer pictures", func(s *suite.Suite) { s.Limit = 6 }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := cfg
			cfg.Suite, cfg.Out = chosen(c.change), filepath.Join(t.TempDir(), "out")
			before := entries(t, cfg.Cache)
			opened(t, cfg)
			computed := 0
			for path, info := range entries(t, cfg.Cache) {
				if was, ok := before[path]; !ok || !os.SameFile(was, info) {
					computed++
				}
			}
			assert.Equal(t, c.same, computed == 0, "%d segments of work", computed)
			got := tables(t, cfg.Out)
			cfg.Fresh, cfg.Out = true, filepath.Join(t.TempDir(), "fresh")
			mustRun(t, cfg)
			want := tables(t, cfg.Out)
			for name := range want {
				assert.Equal(t, want[name], got[name], name)
			}
		})
	}
}
