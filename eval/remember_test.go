package eval

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/datasets"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/drift"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/metrics/rank"
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

// entries are the files of finished work in a cache.
func entries(t *testing.T, dir string) map[string]os.FileInfo {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "??", "*"))
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
	if testing.Short() {
		t.Skip("slow under the race detector: TestNothingOpened goes the same way")
	}
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
			assert.Equal(t, c.same, computed == 0, "%d pieces of work", computed)
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

// TestItemsHash: all about a set's items that scores hang on is in its hash.
func TestItemsHash(t *testing.T) {
	seen := map[string]string{}
	for name, change := range map[string]func(s *set){
		"nothing":          func(*set) {},
		"picture's id":     func(s *set) { s.good[0].ID = "z" },
		"picture's label":  func(s *set) { s.good[1].Labels = []string{"q"} },
		"labels apart":     func(s *set) { s.good[0].Labels, s.good[1].Labels = nil, []string{"x", "y", "y"} },
		"text's id":        func(s *set) { s.texts[0].ID = "z" },
		"text":             func(s *set) { s.texts[0].Text = "z" },
		"text's label":     func(s *set) { s.texts[0].Labels = []string{"q"} },
		"text's picture":   func(s *set) { s.texts[0].Images = []string{"b"} },
		"label as picture": func(s *set) { s.texts[0].Labels, s.texts[0].Images = nil, []string{"x", "a"} },
		"order":            func(s *set) { s.good[0], s.good[1] = s.good[1], s.good[0] },
		"fewer":            func(s *set) { s.good = s.good[:1] },
	} {
		s := &set{
			good:  []datasets.Image{{ID: "a", Labels: []string{"x", "y"}}, {ID: "b", Labels: []string{"y"}}},
			texts: []datasets.Text{{ID: "t", Text: "a text", Labels: []string{"x"}, Images: []string{"a"}}},
		}
		change(s)
		hash := s.itemsHash()
		assert.NotContains(t, seen, hash, "%s and %s", name, seen[hash])
		seen[hash] = name
	}
	hash := func(e encoders.Embeddings) string {
		s := &set{prints: map[string]string{}}
		s.hash("k", e)
		return s.prints["k"]
	}
	long := make([]float32, 40_000)
	was := hash(encoders.Embeddings{N: 2, Dim: 20_000, Data: long})
	assert.NotEqual(t, was, hash(encoders.Embeddings{N: 4, Dim: 10_000, Data: long}))
	long[39_999] = math.Float32frombits(1 << 31) // -0
	assert.NotEqual(t, was, hash(encoders.Embeddings{N: 2, Dim: 20_000, Data: long}))
}

// TestPackFound: outcomes come back to the last bit, and others' are refused.
func TestPackFound(t *testing.T) {
	ranker, err := rank.New([]string{"a", "b", "c"}, []string{"R@1", "MRR"})
	require.NoError(t, err)
	d := &search{counted: []int{0, 2}, items: []string{"a", "b", "c"}, ranker: ranker}
	odd := math.Copysign(0, -1)
	want := []found{{search: d, certain: map[string][]drift.Verdict{}, outcomes: []rank.Outcome{
		{Values: []float64{1, odd}, TieLow: []float64{0, 1e-300}, TieHigh: []float64{1, 1}, Rank: 3, Margin: odd, MarginAt: [3]float64{math.Inf(1), -2, odd}, Relevant: 70_000, Top: []int{2, 0}, TopHits: []bool{false, true}},
		{Values: []float64{0, 0}, TieLow: []float64{0, 0}, TieHigh: []float64{0, 0}, Top: []int{}, TopHits: []bool{}},
	}}}
	data := packFound(want)
	got, err := unpackFound(data, []*search{d})
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.True(t, math.Signbit(got[0].outcomes[0].Margin))
	for n := range data {
		_, err := unpackFound(data[:n], []*search{d})
		assert.Error(t, err, "%d bytes", n)
	}
	_, err = unpackFound(append(data, 0), []*search{d})
	assert.Error(t, err)
	_, err = unpackFound(data, []*search{{counted: []int{0}, items: d.items, ranker: ranker}})
	assert.Error(t, err, "of another number of queries")
	_, err = unpackFound(data, []*search{{counted: d.counted, items: d.items[:2], ranker: ranker}})
	assert.Error(t, err, "an item that is not there")
}
