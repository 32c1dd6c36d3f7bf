package reports

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/formats"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/why"
)

// movedAway is a run of one dataset in which the variant turned picture b away from text t2.
func movedAway(t *testing.T) string {
	t.Helper()
	f, err := store.Create(t.TempDir())
	require.NoError(t, err)
	key := "decode=pillow@13 colour=mode geometry=short-side+centre-crop"
	res := &store.Results{
		Run:      store.Run{RunID: "r", SchemaVersion: store.SchemaVersion, Status: "ok"},
		Datasets: []store.Dataset{{Dataset: "one", Images: 3, Texts: 2}},
		Variants: []store.Variant{
			{Variant: "ref", IsReference: true, Status: "ok", PreprocessKey: key, Batch: 32},
			{Variant: "v", Status: "ok", PreprocessKey: strings.Replace(key, "short-side+centre-crop", "squash", 1), Batch: 32},
			{Variant: "gone", Status: "unavailable", Reason: "no such library"},
		},
		Drift: []store.Drift{
			{Dataset: "one", Variant: "v", Reference: "ref", Modality: "image", Stage: "embedding", Stat: "mean_abs", Value: 0.25, N: 6},
			{Dataset: "one", Variant: "v", Reference: "ref", Modality: "image", Stage: "swap:geometry", Stat: "mean_abs", Value: 0.25, N: 6},
			{Dataset: "one", Variant: "v", Reference: "ref", Modality: "image", Stage: "swap:all", Stat: "mean_abs", Value: 0.25, N: 6},
		},
	}
	yes, no, hit := true, false, []bool{true, false}
	margin := func(m float64) *float64 { return &m }
	for _, q := range []store.Query{
		{Variant: "ref", QueryID: "t1", Value: 1, Rank: 1, Margin: 0.2929, MarginAtK: margin(0.2929), TopIDs: []string{"a", "c"}, TopHits: hit},
		{Variant: "ref", QueryID: "t2", Value: 1, Rank: 1, Margin: 0.2929, MarginAtK: margin(0.1), TopIDs: []string{"b", "c"}, TopHits: hit},
		{Variant: "v", QueryID: "t1", Value: 1, Rank: 1, Margin: 0.2929, MarginAtK: margin(0.2929), Certain: &no, TopIDs: []string{"a", "c"}, TopHits: hit},
		{Variant: "v", QueryID: "t2", Rank: 2, Margin: -0.7071, MarginAtK: margin(-0.7071), Certain: &yes, TopIDs: []string{"c", "b"}, TopHits: []bool{false, true}},
	} {
		q.Dataset, q.Direction, q.Metric = "one", "t2i", "R@1"
		res.Queries = append(res.Queries, q)
	}
	require.NoError(t, f.Save(res))
	texts := []store.Embedding{{ID: "t1", Embedding: []float32{1, 0}}, {ID: "t2", Embedding: []float32{0, 2}}}
	for variant, b := range map[string][]float32{"ref": {0, 3}, "v": {3, 0}} {
		images := []store.Embedding{{ID: "a", Embedding: []float32{1, 0}}, {ID: "b", Embedding: b}, {ID: "c", Embedding: []float32{1, 1}}}
		require.NoError(t, f.WriteEmbeddings(variant, "one", "image", images))
		require.NoError(t, f.WriteEmbeddings(variant, "one", "text", texts))
	}
	require.NoError(t, f.Finish("r"))
	return f.Dir()
}

func TestExplain(t *testing.T) {
	var b strings.Builder
	require.NoError(t, Explain(&b, movedAway(t), "v", "md", 10))
	got := b.String()
	for _, want := range []string{
		"# v against ref\n", "- geometry: short-side+centre-crop -> squash\n",
		"| geometry | 2.5e-1              | 100 % | -               | aspect ratio lost",
		"| one     | 2       | 1       | 1         | 1         | 0        |", // the gap of 0.29 is less than the mean drift of 1/3
		"| t2    | b (right)             | c        | 2.9e-1 | 3.3e-1", "| one image b | 0.0000",
		"| one t2i R@1 | 50.0 %          | 0.0 to 50.0 | 50.0     | 100.0     | 1.4e0         | 2.5e-2 | 2.5e-2             |",
		"| one t2i R@1   | 1       | 1         | 0    | 1    | 0   |", "| one t2i t2 | +b 1.0000, c 0.7071    | +0.2929 | c 0.7071, +b 0.0000 | -0.7071    |",
	} {
		assert.Contains(t, got, want)
	}
	assert.NotContains(t, got, "image a", "a picture that did not move is not listed")
}

func TestExplainRefuses(t *testing.T) {
	dir := movedAway(t)
	for variant, want := range map[string]string{"w": `no variant "w": it has ref, v, gone`, "ref": "is the reference", "gone": "no such library"} {
		err := Explain(&strings.Builder{}, dir, variant, "md", 10)
		assert.ErrorIs(t, err, why.ErrVariant)
		assert.ErrorContains(t, err, want)
	}
	assert.ErrorIs(t, Explain(&strings.Builder{}, t.TempDir(), "v", "md", 10), store.ErrIncomplete)
}

func TestExplainFormats(t *testing.T) {
	dir := movedAway(t)
	text := func(format string, n int) string {
		var b strings.Builder
		require.NoError(t, Explain(&b, dir, "v", format, n))
		return b.String()
	}
	var x map[string]any
	require.NoError(t, json.Unmarshal([]byte(text("json", 1)), &x))
	for _, field := range []string{"settings", "swaps", "drift", "flip_budgets", "flips", "worst_queries", "worst_items", "findings"} {
		assert.NotEmpty(t, x[field], field)
	}
	lines := strings.Split(text("csv", 0), "\n")
	require.Len(t, lines, 4)
	assert.Equal(t, "dataset,direction,metric,query,before,after,margin,drift,near_tie", lines[0])
	assert.Regexp(t, `^one,t2i,top 1,t2,b,c,0\.29289\d*,0\.333\d*,true$`, lines[1])
	assert.Regexp(t, `^one,t2i,R@1,t2,hit,miss,0\.1,0\.333\d*,true$`, lines[2])
	assert.NotContains(t, text("md", 0), "Worst queries")
	assert.ErrorIs(t, Explain(&strings.Builder{}, dir, "v", "pdf", 1), formats.ErrUnknown)
}

// TestPageShowsLayers: the page has the blocks of a variant, also of one that failed.
func TestPageShowsLayers(t *testing.T) {
	dir := movedAway(t)
	f, err := store.Open(dir)
	require.NoError(t, err)
	for variant, block := range map[string]string{"v": "blocks.1", "gone": "blocks.2"} {
		require.NoError(t, f.WriteLayers(store.Layers{RunID: "r", Variant: variant, Reference: "ref", Towers: []store.LayerTower{{
			Tower: "image", Drift: 0.1, Blocks: []store.LayerBlock{{Block: block, Precision: "fp32", Own: 0.1, OwnShare: 1}}, Jump: &store.LayerJump{Block: block, OwnShare: 1, Looks: "changed weights"},
		}}}))
	}
	res, err := f.Load()
	require.NoError(t, err)
	var b strings.Builder
	require.NoError(t, WriteWith(&b, "html", res, Extras{Dir: dir}))
	for _, want := range []string{"Blocks of the image tower", "drift jumps first at blocks.1", "drift jumps first at blocks.2", "Single blocks beside the whole", "no such library"} {
		assert.Contains(t, b.String(), want)
	}
}
