package reports

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/history"
	"github.com/fastclip/fastclip/reports/reportstest"
)

// pages are the HTML of runs of many kinds.
func pages(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, res := range runs {
		out[name] = render(t, "html", res())
	}
	for name, res := range map[string]*store.Results{"many": many(60), "one-dataset": oneDataset(), "alone": reportstest.Alone()} {
		out[name] = render(t, "html", res)
	}
	out["explained"] = explainedPage(t, fakeGallery{}, "")
	out["no-pictures"] = explainedPage(t, nil, "single: its pictures cannot be shown: folder gone")
	return out
}

// many is a run of n variants, some of whose names are long.
func many(n int) *store.Results {
	res := reportstest.Full()
	for i := range n - 4 {
		name := fmt.Sprintf("variant-%02d/mini", i)
		if i%5 == 0 {
			name = fmt.Sprintf("openclip/ViT-H-14-quickgelu/dfn5b/tensorrt-fp16-dynamic-batch-%02d/with-a-very-long-name", i)
		}
		res.Variants = append(res.Variants, store.Variant{Variant: name, Status: "ok"})
		for _, rows := range [][]store.Score{res.Scores} {
			for _, s := range rows {
				if s.Variant == "int8/mini" {
					s.Variant, s.Value = name, s.Value-0.002*float64(i%11)
					res.Scores = append(res.Scores, s)
				}
			}
		}
		for _, d := range res.Drift {
			if d.Variant == "int8/mini" {
				d.Variant, d.Value = name, d.Value*math.Pow(10, float64(i%6))
				res.Drift = append(res.Drift, d)
			}
		}
		for _, x := range res.Timings {
			if x.Variant == "int8/mini" {
				x.Variant, x.NS = name, x.NS*int64(100+i*i)/100
				res.Timings = append(res.Timings, x)
			}
		}
	}
	return res
}

// oneDataset is a run of one dataset.
func oneDataset() *store.Results {
	res := reportstest.Full()
	res.Datasets, res.Failures = res.Datasets[:1], nil
	var scores []store.Score
	for _, s := range res.Scores {
		if s.Dataset == "one" {
			scores = append(scores, s)
		}
	}
	res.Scores = scores
	return res
}

// explainedPage is the page of a run whose folder holds queries and embeddings.
func explainedPage(t *testing.T, g Gallery, reason string) string {
	t.Helper()
	f, res := explainedRun(t)
	var b bytes.Buffer
	require.NoError(t, WriteWith(&b, "html", res, Extras{Dir: f.Dir(), Gallery: g, NoImages: reason, History: nights(30)}))
	return b.String()
}

// explainedRun is a run of two variants on one dataset, of which the second turns every fifth
// query's first picture into another.
func explainedRun(t *testing.T) (*store.Folder, *store.Results) {
	t.Helper()
	f, err := store.Create(t.TempDir())
	require.NoError(t, err)
	res := oneDataset()
	res.Variants = []store.Variant{res.Variants[0], res.Variants[3]}
	const n, dim = 40, 8
	for _, v := range res.Variants {
		var images, texts []store.Embedding
		for i := range n {
			turn := 0.0
			if !v.IsReference {
				turn = 0.02 * float64(i%7)
			}
			images = append(images, store.Embedding{ID: fmt.Sprintf("one/%06d.jpg", i), Embedding: point(float64(i)/n*math.Pi+turn, dim)})
			texts = append(texts, store.Embedding{ID: fmt.Sprintf("one/text/%06d", i), Embedding: point(float64(i)/n*math.Pi, dim)})
			res.Queries = append(res.Queries, turned(v, "t2i", "one/text/%06d", "one/%06d.jpg", i, n), turned(v, "i2t", "one/%06d.jpg", "one/text/%06d", i, n))
		}
		require.NoError(t, f.WriteEmbeddings(v.Variant, "one", "image", images))
		require.NoError(t, f.WriteEmbeddings(v.Variant, "one", "text", texts))
	}
	require.NoError(t, f.Save(res))
	require.NoError(t, f.Finish(res.Run.RunID))
	return f, res
}

// turned is a query that finds its own item first, but for every fifth one by the variant.
func turned(v store.Variant, direction, query, item string, i, n int) store.Query {
	best, rank := i, int64(1)
	if !v.IsReference && i%5 == 0 {
		best, rank = (i+3)%n, 4
	}
	q := store.Query{
		Dataset: "one", Variant: v.Variant, Direction: direction, QueryID: fmt.Sprintf(query, i), Metric: "R@1", Value: math.Floor(1 / float64(rank)),
		Rank: rank, NRelevant: 1, Margin: 0.01 * float64(2-rank), MarginAtK: new(0.01 * float64(2-rank)),
	}
	if !v.IsReference {
		q.Certain = new(i%2 == 1)
	}
	for k := range 10 {
		q.TopIDs, q.TopHits = append(q.TopIDs, fmt.Sprintf(item, (best+k)%n)), append(q.TopHits, (best+k)%n == i)
	}
	return q
}

// nights is a history in which a score falls and a time rises on the 20th night, one was not
// measured, and a name is long.
func nights(n int) *history.History {
	h := &history.History{}
	series := []history.Series{
		{Kind: history.Score, Variant: "opencv_based/mini", Dataset: "one", Of: "t2i", Metric: "R@1", Unit: "share"},
		{Kind: history.Time, Variant: "openclip/ViT-H-14-quickgelu/dfn5b/tensorrt-fp16-with-a-very-long-name", Of: "image", Metric: history.Total, Unit: "ms an item"},
		{Kind: history.Score, Variant: "onnx/mini", Dataset: "one", Of: "t2i", Metric: "R@1", Unit: "share"},
		{Kind: history.Drift, Variant: "int8/mini", Dataset: "one", Of: "image", Metric: "embedding", Unit: "mean |a-b|"},
	}
	for i := range n {
		h.Nights = append(h.Nights, history.Night{RunID: fmt.Sprint(i), Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).AddDate(0, 0, i)})
		for k := range series {
			v := []float64{0.42, 4.5, 0.5, 2e-4}[k] * (1 + 0.004*math.Sin(float64(7*i+k)))
			if i >= 20 {
				v *= []float64{0.9, 1.2, 1, 0.5}[k]
			}
			p := history.Point{Night: i, Value: &v}
			if i == 7 {
				p = history.Point{Night: i, Reason: "failed"}
			}
			series[k].Points = append(series[k].Points, p)
		}
	}
	for k, worse := range map[int]bool{0: true, 1: true, 3: false} {
		series[k].Steps = []history.Step{{Point: 20, Before: *series[k].Points[19].Value, After: *series[k].Points[20].Value, P: new(1e-6), Worse: worse}}
	}
	h.Series, h.Skipped = series, []history.Skipped{{Dir: "broken", Reason: "the run is not finished"}}
	return h
}

func point(angle float64, dim int) []float32 {
	out := make([]float32, dim)
	out[0], out[1], out[2] = float32(math.Cos(angle)), float32(math.Sin(angle)), 0.3
	return out
}

// fakeGallery has a picture of one colour for each id, and texts that try to break the page.
type fakeGallery struct{}

func (fakeGallery) Text(_, id string) string {
	return "a photo of <script>alert(1)</script> " + strings.Repeat("very ", 20) + id
}

func (fakeGallery) Thumbnail(_, id string) ([]byte, error) {
	if strings.HasSuffix(id, "7.jpg") {
		return nil, fmt.Errorf("%s: file is gone", id)
	}
	im := image.NewRGBA(image.Rect(0, 0, 144, 96))
	for i := range im.Pix {
		im.Pix[i] = 255
	}
	for y := range 96 {
		for x := range 144 {
			im.Set(x, y, color.RGBA{uint8(x + len(id)*9), uint8(y * 2), uint8(id[len(id)-5] * 5), 255})
		}
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, im, nil)
	return b.Bytes(), err
}
