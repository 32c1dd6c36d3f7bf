package history_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/internal/testenv"
	"github.com/fastclip/fastclip/judge/history"
)

// night is a run of three variants on one dataset, a day after the last.
type night struct {
	score   float64            // R@1 of a; the others' is 0.7
	slow    float64            // of everything; 0 is 1
	slower  map[string]float64 // of one variant
	machine string
	content string
	failed  string // a variant
}

var began = time.Date(2026, 1, 1, 3, 0, 0, 0, time.UTC)

// write lays nights out as eval --history does.
func write(t *testing.T, root string, nights ...night) {
	t.Helper()
	for i, n := range nights {
		started := began.AddDate(0, 0, i)
		id := fmt.Sprintf("run%02d", i)
		f, err := store.Create(filepath.Join(root, store.Partition(started, id)))
		require.NoError(t, err)
		res := n.results(i, id, started)
		require.NoError(t, f.Save(res))
		require.NoError(t, f.WriteEmbeddings("a", "d", "image", []store.Embedding{{ID: "i", Embedding: []float32{1, 2}}}))
		require.NoError(t, f.Finish(id))
	}
}

func (n night) results(i int, id string, started time.Time) *store.Results {
	machine, content := n.machine, n.content
	if machine == "" {
		machine = "cpu"
	}
	res := &store.Results{
		Run:      store.Run{RunID: id, StartedAt: started, Suite: "s", CPUModel: machine, Cores: 2, Threads: 1, Status: store.StatusOK},
		Datasets: []store.Dataset{{RunID: id, Dataset: "d", SHA256: "sha" + content}},
	}
	for k, v := range []string{"ref", "a", "b"} {
		row := store.Variant{RunID: id, Variant: v, IsReference: k == 0, Status: store.StatusOK}
		if v == n.failed {
			row.Status, row.Reason = "failed", "no luck"
			res.Variants = append(res.Variants, row)
			continue
		}
		res.Variants = append(res.Variants, row)
		score := 0.7
		if v == "a" && n.score > 0 {
			score = n.score
		}
		res.Scores = append(res.Scores, store.Score{RunID: id, Dataset: "d", Variant: v, Direction: "t2i", Metric: "R@1", Value: score, CILow: score - 0.1, CIHigh: score + 0.1, NQueries: 100})
		for q := range 100 {
			row := store.Query{RunID: id, Dataset: "d", Variant: v, Direction: "t2i", QueryID: fmt.Sprint("q", q), Metric: "R@1", Group: int64(q)}
			if float64(q) < 100*score-0.5 {
				row.Value = 1
			}
			res.Queries = append(res.Queries, row)
		}
		if k > 0 {
			res.Drift = append(res.Drift, store.Drift{RunID: id, Dataset: "d", Variant: v, Reference: "ref", Modality: "image", Stage: "embedding", Stat: "mean_abs", Value: 1e-6, N: 2})
		}
		for rep := range int64(6) {
			ms := 4 + float64(k) + 0.002*float64((int64(i)*7+rep*3+int64(k)*5)%11)
			if n.slow > 0 {
				ms *= n.slow
			}
			ms *= 1 + n.slower[v]
			for _, phase := range []string{"preprocess", "encode"} {
				res.Timings = append(res.Timings, store.Timing{RunID: id, Variant: v, Phase: phase, Modality: "image", Rep: rep, Items: 8, NS: int64(8e6 * ms / 2), Warm: rep > 0})
			}
		}
	}
	return res
}

// find is one series.
func find(t *testing.T, h *history.History, kind, variant, metric, machine string) history.Series {
	t.Helper()
	for _, s := range h.Series {
		if s.Kind == kind && s.Variant == variant && s.Metric == metric && strings.HasPrefix(s.Machine, machine) {
			return s
		}
	}
	require.Failf(t, "no series", "%s %s %s", kind, variant, metric)
	return history.Series{}
}

// TestOrderDoesNotHangOnAClock: a night stamped a year ahead and a clock set back hide no later night,
// and a copied folder counts once.
func TestOrderDoesNotHangOnAClock(t *testing.T) {
	root := t.TempDir()
	type stamp struct {
		id      string
		started time.Time
	}
	save := func(s stamp) string {
		dir := filepath.Join(root, store.Partition(s.started, s.id))
		res := night{}.results(0, s.id, s.started)
		res.Run.After = store.Earlier(dir, s.started)
		f, err := store.Create(dir)
		require.NoError(t, err)
		require.NoError(t, f.Save(res))
		require.NoError(t, f.Finish(s.id))
		return dir
	}
	var want []string
	for _, s := range []stamp{
		{"z1", began}, {"ahead", began.AddDate(1, 0, 0)}, {"y2", began.AddDate(0, 0, 1)}, {"back", began.AddDate(-2, 0, 0)}, {"x3", began.AddDate(0, 0, 2)}, {"same", began.AddDate(0, 0, 2)},
	} {
		dir := save(s)
		want = append(want, s.id)
		require.NoError(t, os.CopyFS(filepath.Join(root, "date=2029-01-01", "run="+s.id+"-copy"), os.DirFS(dir)))
		require.NoError(t, os.CopyFS(filepath.Join(root, "a copy of "+s.id), os.DirFS(dir)))
		h, err := history.Load(root)
		require.NoError(t, err)
		var got []string
		for _, n := range h.Nights {
			got = append(got, n.RunID)
		}
		require.Equal(t, want, got)
		require.Len(t, h.Copies, 2*len(want))
		require.Empty(t, h.Skipped)
		assert.Equal(t, filepath.ToSlash(store.Partition(s.started, s.id)), h.Nights[len(want)-1].Dir, "the copy is not the one that counts")
		assert.Len(t, find(t, h, history.Score, "a", "R@1", "").Points, len(want))
	}
	// The night that all others come after is gone: the clocks are all that is left.
	require.NoError(t, os.RemoveAll(filepath.Join(root, store.Partition(began.AddDate(1, 0, 0), "ahead"))))
	for _, name := range []string{"a copy of ahead", "date=2029-01-01/run=ahead-copy"} {
		require.NoError(t, os.RemoveAll(filepath.Join(root, name)))
	}
	h, err := history.Load(root)
	require.NoError(t, err)
	assert.Equal(t, "same", h.Nights[len(h.Nights)-1].RunID)
}

func TestStepNamesTheNight(t *testing.T) {
	var nights []night
	for i := range 20 {
		n := night{score: 0.7, slow: []float64{1, 1.3, 1, 1.1}[i%4]}
		if i >= 12 {
			n.score = 0.68
		}
		if i >= 15 {
			n.slower = map[string]float64{"b": 0.1}
		}
		nights = append(nights, n)
	}
	root := t.TempDir()
	write(t, root, nights...)
	h, err := history.Load(root)
	require.NoError(t, err)
	require.Len(t, h.Nights, 20)
	assert.Equal(t, "date=2026-01-13/run=run12", h.Nights[12].Dir)

	score := find(t, h, history.Score, "a", "R@1", "")
	require.Len(t, score.Steps, 1)
	assert.Equal(t, 12, score.Steps[0].Point)
	assert.True(t, score.Steps[0].Worse)
	assert.InDelta(t, 0.7, score.Steps[0].Before, 1e-12)
	assert.InDelta(t, 0.68, score.Steps[0].After, 1e-12)
	require.NotNil(t, score.Steps[0].P)
	assert.InDelta(t, 0.5, *score.Steps[0].P, 1e-12, "two queries lost, as compare says: the equal nights before are no evidence")
	assert.Empty(t, find(t, h, history.Drift, "a", "embedding", "").Steps)

	ratio := find(t, h, history.Ratio, "b", history.Total, "")
	require.Len(t, ratio.Steps, 1, "the machine's moods are taken out")
	assert.Equal(t, 15, ratio.Steps[0].Point)
	assert.InDelta(t, 1.1, ratio.Steps[0].After/ratio.Steps[0].Before, 0.01)
	assert.Empty(t, find(t, h, history.Time, "b", history.Total, "").Steps, "10 % hide in moods of 30 %")
	assert.Empty(t, find(t, h, history.Ratio, "a", history.Total, "").Steps)
}

func TestUnlikeThingsAreNotCompared(t *testing.T) {
	root := t.TempDir()
	var nights []night
	for i := range 12 {
		n := night{score: 0.7, machine: []string{"old", "new"}[i/6], slow: []float64{2, 1}[i/6]}
		if i >= 9 {
			n.content, n.score = "2", 0.5
		}
		nights = append(nights, n)
	}
	nights[4].failed = "a"
	write(t, root, nights...)
	h, err := history.Load(root)
	require.NoError(t, err)
	for _, machine := range []string{"old", "new"} {
		s := find(t, h, history.Time, "b", history.Total, machine)
		assert.Len(t, s.Points, 6)
		assert.Empty(t, s.Steps, "no machine changed")
	}
	s := find(t, h, history.Score, "a", "R@1", "")
	assert.Empty(t, s.Steps, "other data, another score")
	assert.Equal(t, []history.Break{{Point: 9, Reason: "the content of dataset d changed"}}, s.Breaks)
	assert.Nil(t, s.Points[4].Value)
	assert.Equal(t, "failed: no luck", s.Points[4].Reason)
}

func TestWhatCannotBeReadIsNamed(t *testing.T) {
	root := t.TempDir()
	_, err := history.Load(root)
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = history.Load(filepath.Join(root, "gone"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	write(t, root, night{}, night{}, night{}, night{})
	partition := func(i int) string {
		return filepath.Join(root, store.Partition(began.AddDate(0, 0, i), fmt.Sprintf("run%02d", i)))
	}
	require.NoError(t, os.Remove(filepath.Join(partition(0), "complete.json")))
	require.NoError(t, os.WriteFile(filepath.Join(partition(1), "scores.parquet"), []byte("torn"), 0o600))
	require.NoError(t, os.Rename(partition(2), filepath.Join(root, "flat")))
	require.NoError(t, os.MkdirAll(filepath.Join(root, "notes"), 0o750))
	h, err := history.Load(root)
	require.NoError(t, err)
	require.Len(t, h.Skipped, 2)
	assert.Equal(t, "the run is not finished", h.Skipped[0].Reason)
	assert.Contains(t, h.Skipped[1].Reason, "scores.parquet has 4 bytes")
	require.Len(t, h.Nights, 2)
	assert.Equal(t, "flat", h.Nights[0].Dir, "both layouts, by time")
	_, err = history.Load(partition(3))
	assert.ErrorContains(t, err, "is one run: name the folder above it")
}

func TestFormats(t *testing.T) {
	root := t.TempDir()
	nights := make([]night, 8)
	nights[7] = night{score: 0.69}
	write(t, root, nights...)
	h, err := history.Load(root)
	require.NoError(t, err)
	text := func(format string, f history.Filter) string {
		var b bytes.Buffer
		require.NoError(t, history.Write(&b, format, h.Select(f)))
		return b.String()
	}
	assert.Equal(t, `8 nights, 2026-01-01 03:00 to 2026-01-08 03:00

What changed, by night and variant
2026-01-08 03:00 (run07)
    a: 1 score worse (d t2i R@1 70.0 -> 69.0, p 1)

Scores, points of 100
a d t2i R@1  ███████▁  70.0 -> 69.0
    worse: from 70.0 to 69.0, p 1, since 2026-01-08 03:00 (run07)
`, text("text", history.Filter{Stepped: true}))
	assert.Contains(t, text("plot", history.Filter{Metrics: []string{"R@1"}, Variants: []string{"a"}}), "70.0000 ┼──────────────────────────────────────────────────────────────╮\n")
	csv := strings.Split(text("csv", history.Filter{Metrics: []string{"R@1"}, Variants: []string{"a"}}), "\n")
	require.Len(t, csv, 10)
	assert.Equal(t, "score,a,d,t2i,R@1,share,,2026-01-08T03:00:00Z,run07,0.69,0.59,0.7899999999999999,,0.7,0.69,", csv[8][:strings.LastIndexByte(strings.TrimSuffix(csv[8], ","), ',')+1])
	var back history.History
	require.NoError(t, json.Unmarshal([]byte(text("json", history.Filter{})), &back))
	assert.Equal(t, *h, back)
	assert.ErrorContains(t, history.Write(&bytes.Buffer{}, "pdf", h), "want one of text, plot, csv, json")
}

// TestDuckDBReadsInPlace: the query of docs/history.md, over the root as it is.
func TestDuckDBReadsInPlace(t *testing.T) {
	uv := testenv.UV(t)
	root := t.TempDir()
	write(t, root, night{score: 0.7}, night{score: 0.6}, night{score: 0.5})
	require.NoError(t, os.MkdirAll(filepath.Join(root, "date=2026-01-09", "run=torn"), 0o750))
	page, err := os.ReadFile(filepath.Join(testenv.Root(t), "docs", "history.md"))
	require.NoError(t, err)
	_, query, ok := strings.Cut(string(page), "```sql\n")
	require.True(t, ok)
	query, _, _ = strings.Cut(query, "```")
	cmd := exec.Command(uv, "run", "--quiet", "--script", filepath.Join(testenv.Root(t), "testdata", "oracles", "duckdb_query.py"), query)
	cmd.Dir = filepath.Dir(root)
	require.Contains(t, query, "'nights/")
	require.NoError(t, os.Rename(root, filepath.Join(cmd.Dir, "nights")))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	assert.Equal(t, `date	run	variant	value
2026-01-01	run00	a	0.7
2026-01-01	run00	b	0.7
2026-01-01	run00	ref	0.7
2026-01-02	run01	a	0.6
2026-01-02	run01	b	0.7
2026-01-02	run01	ref	0.7
2026-01-03	run02	a	0.5
2026-01-03	run02	b	0.7
2026-01-03	run02	ref	0.7
`, string(out))
}

// TestTimesAsCompareTakesThem: a time of 0 is no time, which the line says in place of a value.
func TestTimesAsCompareTakesThem(t *testing.T) {
	root := t.TempDir()
	for i, zero := range []bool{false, true, false} {
		started, id := began.AddDate(0, 0, i), fmt.Sprint("r", i)
		res := night{}.results(i, id, started)
		if zero {
			for k := range res.Timings {
				if r := &res.Timings[k]; r.Variant == "a" && r.Phase == "encode" && r.Rep == 3 {
					r.NS = 0
				}
			}
		}
		f, err := store.Create(filepath.Join(root, store.Partition(started, id)))
		require.NoError(t, err)
		require.NoError(t, f.Save(res))
		require.NoError(t, f.Finish(id))
	}
	h, err := history.Load(root)
	require.NoError(t, err)
	points := find(t, h, history.Time, "a", "encode", "").Points
	require.Len(t, points, 3)
	assert.Nil(t, points[1].Value)
	assert.Equal(t, "a time of 0 or less", points[1].Reason)
	assert.NotNil(t, find(t, h, history.Time, "a", "preprocess", "").Points[1].Value)
}
