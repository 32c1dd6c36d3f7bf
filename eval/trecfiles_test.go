package eval

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/score"
	"github.com/fastclip/fastclip/metrics/trec"
)

// measures are trec_eval's names of ours.
var measures = map[string]string{"R@1": "success_1", "R@5": "success_5", "MAP": "map", "MRR": "recip_rank", "nDCG@10": "ndcg_cut_10"}

// What a run writes for trec_eval has, by our trec_eval, the scores of the run: every query's.
func TestWriteTREC(t *testing.T) {
	captions := "  - {name: captions, scenes: {objects: 2, count: 10, per_set: 2, seed: 4, captions: 3, size: 96x72}}"
	cfg := config(t, bare(t, single+"\n"+double+"\n"+captions, "  - {name: ref}\n  - {name: a/go, preprocess: go_image}"))
	res := load(t, mustRun(t, cfg).Dir)
	dir := t.TempDir()
	files, err := score.WriteTREC(t.Context(), cfg.Out, dir, score.TRECOptions{})
	require.NoError(t, err)
	require.Len(t, files, 2*(3+3+3))
	seen := 0
	for _, f := range files {
		report := evaluate(t, f)
		for _, s := range res.Scores {
			if s.Dataset == f.Dataset && s.Variant == f.Variant && s.Direction == f.Direction {
				assert.InDelta(t, s.Value, number(t, report.All, measures[s.Metric]), 1e-12, "%+v %s", f, s.Metric)
				assert.EqualValues(t, s.NQueries, len(report.Queries))
				seen++
			}
		}
		for _, q := range res.Queries {
			if q.Dataset == f.Dataset && q.Variant == f.Variant && q.Direction == f.Direction {
				for _, r := range report.Queries {
					if r.Query == q.QueryID {
						assert.InDelta(t, q.Value, number(t, r, measures[q.Metric]), 1e-12)
					}
				}
			}
		}
	}
	assert.Equal(t, len(res.Scores), seen)

	files, err = score.WriteTREC(t.Context(), cfg.Out, filepath.Join(dir, "short"), score.TRECOptions{Depth: 2})
	require.NoError(t, err)
	data, err := os.ReadFile(files[0].Run)
	require.NoError(t, err)
	assert.Equal(t, 2*4, strings.Count(string(data), "\n"), "the best two of four queries")
	_, err = score.WriteTREC(t.Context(), cfg.Out, dir, score.TRECOptions{MaxLines: 10})
	assert.ErrorContains(t, err, "--depth 1000")
}

func evaluate(t *testing.T, f score.TRECFiles) *trec.Report {
	qrels, err := os.Open(f.Qrels)
	require.NoError(t, err)
	defer qrels.Close()
	run, err := os.Open(f.Run)
	require.NoError(t, err)
	defer run.Close()
	j, err := trec.ReadQrels(qrels, f.Qrels)
	require.NoError(t, err)
	r, err := trec.ReadRun(run, f.Run)
	require.NoError(t, err)
	report, err := trec.Evaluate(j, r, trec.Options{Measures: []string{"success.1,5,10", "map", "recip_rank", "ndcg_cut.10"}})
	require.NoError(t, err)
	return report
}

func number(t *testing.T, s trec.Scores, name string) float64 {
	for _, v := range s.Values {
		if v.Name == name {
			return v.Number
		}
	}
	require.Fail(t, "no measure "+name)
	return 0
}
