package compare_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/compare"
)

// spread is a run of one variant over n label sets, each asked for by a text and shown by a picture,
// where the queries named have lost their hit.
func spread(n int, lost map[string][]int) compare.Run {
	res := &store.Results{Run: store.Run{RunID: "r", CPUModel: "cpu", Cores: 2, Threads: 1}}
	res.Datasets = []store.Dataset{{Dataset: "d", SHA256: "sha"}}
	res.Variants = []store.Variant{{Variant: "v", IsReference: true, Status: store.StatusOK}}
	for i := range n {
		labels := []string{"b", fmt.Sprint("a", i)}
		res.Items = append(res.Items, store.Item{Dataset: "d", Modality: "text", ID: fmt.Sprint("t", i), Labels: labels},
			store.Item{Dataset: "d", Modality: "image", ID: fmt.Sprint("i", i), Labels: []string{labels[1], labels[0]}})
	}
	for _, direction := range []string{store.TextToImage, store.ImageToText} {
		sum := 0.0
		for i := range n {
			value := 1.0
			for _, l := range lost[direction] {
				if l == i {
					value = 0
				}
			}
			sum += value
			res.Queries = append(res.Queries, store.Query{Dataset: "d", Variant: "v", Direction: direction, QueryID: fmt.Sprint(direction[:1], i), Metric: "R@1", Value: value, Group: int64(n - i)})
		}
		res.Scores = append(res.Scores, store.Score{Dataset: "d", Variant: "v", Direction: direction, Metric: "R@1", Value: sum / float64(n), NQueries: int64(n)})
	}
	return compare.Run{Results: res, Embeddings: func(string, string, string) ([]store.Embedding, error) { return nil, nil }}
}

// TestPooledClusters: a text and the picture that it asks for are one piece of evidence, in whatever
// order their labels stand; another label set is another.
func TestPooledClusters(t *testing.T) {
	ten := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	same := compare.Runs(spread(100, nil), spread(100, map[string][]int{"t2i": ten, "i2t": ten}), compare.Options{Resamples: 10}).DefaultPooled()
	apart := compare.Runs(spread(100, nil), spread(100, map[string][]int{"t2i": ten, "i2t": {10, 11, 12, 13, 14, 15, 16, 17, 18, 19}}), compare.Options{Resamples: 10}).DefaultPooled()
	require.Len(t, same, 1)
	assert.Equal(t, []int{2, 200, 20, 10}, []int{same[0].Searches, same[0].Queries, same[0].Changed, same[0].Clusters})
	assert.Equal(t, 20, apart[0].Clusters)
	assert.InDelta(t, -0.1, same[0].Delta, 1e-12)
	assert.InDelta(t, 2.0/1024, same[0].PMaxT, 0.001, "ten clusters, all lost")
	assert.Less(t, apart[0].PMaxT, 1e-4)
}

// TestPooledWithoutItems: of a run from before items the groups of its queries say which belong together.
func TestPooledWithoutItems(t *testing.T) {
	base := spread(100, nil)
	base.Items = nil
	for i := range base.Queries {
		base.Queries[i].Group = int64(i / 2 % 50)
	}
	c := compare.Runs(base, spread(100, map[string][]int{"t2i": {0, 1, 2, 3}}), compare.Options{Resamples: 10})
	require.Len(t, c.DefaultPooled(), 1)
	assert.Equal(t, 2, c.DefaultPooled()[0].Clusters)
}

// TestPooledCaptions: captions of one picture belong together without labels.
func TestPooledCaptions(t *testing.T) {
	base, head := spread(10, nil), spread(10, map[string][]int{"t2i": {0, 1}})
	for _, r := range []compare.Run{base, head} {
		for i := range r.Items {
			r.Items[i].Labels = nil
			if r.Items[i].Modality == "text" {
				r.Items[i].Images = []string{"i0"}
			}
		}
	}
	c := compare.Runs(base, head, compare.Options{Resamples: 10})
	require.Len(t, c.DefaultPooled(), 1)
	assert.Equal(t, 1, c.DefaultPooled()[0].Clusters)
	assert.Equal(t, 1.0, c.DefaultPooled()[0].PMaxT, "one cluster is no evidence")
}
