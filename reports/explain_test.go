package reports

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
)

// explained is a run of one dataset in which the variant turned picture b away from text t2.
func explained(t *testing.T) string {
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
	require.NoError(t, Explain(&b, explained(t), "v", "md", 10))
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
	dir := explained(t)
	for variant, want := range map[string]string{"w": `no variant "w": it has ref, v, gone`, "ref": "is the reference", "gone": "no such library"} {
		err := Explain(&strings.Builder{}, dir, variant, "md", 10)
		assert.ErrorIs(t, err, ErrVariant)
		assert.ErrorContains(t, err, want)
	}
	assert.ErrorIs(t, Explain(&strings.Builder{}, t.TempDir(), "v", "md", 10), store.ErrIncomplete)
}

func TestExplainFormats(t *testing.T) {
	dir := explained(t)
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
	assert.ErrorIs(t, Explain(&strings.Builder{}, dir, "v", "pdf", 1), ErrFormat)
}

// TestNext: advice is given only where the evidence is plain.
func TestNext(t *testing.T) {
	own := store.Variant{Variant: "v", Status: "ok", PreprocessKey: "decode=opencv@4 geometry=squash"}
	of := func(image float64, swaps ...swapRow) report {
		r := report{res: &store.Results{Variants: []store.Variant{{Variant: "ref", IsReference: true, Status: "ok"}, own}, Drift: []store.Drift{
			{Dataset: "d", Variant: "ref", Modality: "image", Stage: "floor:twice", Stat: "mean_abs", Value: 1e-6, N: 1},
		}}}
		r.Drift = []driftRow{{Variant: "v", Modality: "image", Stage: "embedding", MeanAbs: number(image)}}
		r.Swaps = swaps
		return r
	}
	certain, open := []FlipBudget{{Queries: 9, Certain: 1}}, []FlipBudget{{Queries: 9, Certain: 0.9}}
	for name, c := range map[string]struct {
		r       report
		budgets []FlipBudget
		want    string
	}{
		"no drift":    {of(0), open, "Nothing: its embeddings are the reference's to the bit."},
		"all certain": {of(1e-2), certain, "Nothing: of all 9 outcomes"},
		"noise":       {of(2e-6), open, "Nothing: its drift of 2.0e-6 is 2 times"},
		"one stage":   {of(1, swapRow{"v", "decode", 0.95, 0.1}, swapRow{"v", "geometry", 0.1, 0.95}, swapRow{"v", "all", 1, 0}), open, "Change decode: alone it does 95 % of the drift, and with the reference's in its place 10 % is left"},
		"no loss":     {of(1, swapRow{"v", "decode", 1, absent()}, swapRow{"v", "all", 1, 0}), open, ""},
		"the model":   {of(1, swapRow{"v", "model", 1, absent()}, swapRow{"v", "all", 1, 0}), open, ""},
		"only stage":  {of(1, swapRow{"v", "geometry", 1, absent()}, swapRow{"v", "all", 1, 0}), open, "(aspect ratio lost). To do so: scale the short side"},
		"two stages":  {of(1, swapRow{"v", "decode", 0.9, 0.15}, swapRow{"v", "geometry", 0.8, 0.2}, swapRow{"v", "all", 1, 0}), open, ""},
		"neither":     {of(1, swapRow{"v", "decode", 0.6, 0.5}, swapRow{"v", "geometry", 0.5, 0.6}, swapRow{"v", "all", 1, 0}), open, ""},
		"not back":    {of(1, swapRow{"v", "decode", 0.9, 0.8}, swapRow{"v", "geometry", 0.1, 0.9}, swapRow{"v", "all", 1, 0}), open, ""},
	} {
		got := strings.Join(adviceLines(advice(c.r, own, c.budgets, name != "no loss")), "")
		if c.want == "" {
			assert.Empty(t, got, name)
		} else {
			assert.Contains(t, got, c.want, name)
		}
	}
}
