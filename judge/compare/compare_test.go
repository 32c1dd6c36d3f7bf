package compare_test

import (
	"io/fs"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/compare"
)

// run has one variant on one dataset of four queries, with these values.
func run(values ...float64) compare.Run {
	res := &store.Results{
		Run:      store.Run{RunID: "r", CPUModel: "cpu", Cores: 2, Threads: 1},
		Datasets: []store.Dataset{{Dataset: "d", SHA256: "x"}},
		Variants: []store.Variant{{Variant: "v", IsReference: true, Status: store.StatusOK, RuntimeVersion: "1.0"}},
		Scores:   []store.Score{{Dataset: "d", Variant: "v", Direction: "t2i", Metric: "R@1", NQueries: int64(len(values))}},
	}
	for i, v := range values {
		res.Scores[0].Value += v / float64(len(values))
		res.Queries = append(res.Queries, store.Query{
			Dataset: "d", Variant: "v", Direction: "t2i", Metric: "R@1", QueryID: string(rune('a' + i)), Value: v, Group: int64(10 * (i / 2)),
		})
	}
	for rep := range int64(6) {
		for phase, ns := range map[string]int64{"decode": 2e6, "encode": 4e6} {
			res.Timings = append(res.Timings, store.Timing{Variant: "v", Phase: phase, Modality: "image", Rep: rep, Items: 2, NS: ns + 1000*rep, Warm: rep > 0})
		}
	}
	return compare.Run{Results: res, Embeddings: func(_, _, modality string) ([]store.Embedding, error) {
		if modality == "text" {
			return nil, fs.ErrNotExist
		}
		return []store.Embedding{{ID: "1", Embedding: []float32{1, 0}}, {ID: "2", Embedding: []float32{0, 2}}}, nil
	}}
}

func TestScoresArePairedByID(t *testing.T) {
	base, head := run(1, 1, 1, 0), run(0, 0, 1, 1)
	slices.Reverse(head.Queries)
	c := compare.Runs(base, head, compare.Options{})
	require.Empty(t, c.Problems)
	require.Len(t, c.Scores, 1)
	s := c.Scores[0]
	assert.InDelta(t, -0.25, s.Delta, 1e-12)
	assert.Equal(t, 3, s.Changed)
	assert.Equal(t, 4, s.Queries)
	// Two groups, of sums -2 and 1: all four ways to flip them give 1 or 3, all at least |-1|.
	assert.Equal(t, 1.0, s.P)
	// The bootstrap draws the two groups: (-2-2)/4, (-2+1)/4 or (1+1)/4.
	assert.InDelta(t, -1, s.Low, 1e-12)
	assert.InDelta(t, 0.5, s.High, 1e-12)
}

// TestScoresAreRecomputed: a score that its own queries do not come to is not compared, in whichever run.
func TestScoresAreRecomputed(t *testing.T) {
	for _, of := range []string{"BASE", "HEAD"} {
		base, head := run(1, 1, 1, 0), run(0, 0, 1, 1)
		map[string]compare.Run{"BASE": base, "HEAD": head}[of].Scores[0].Value = 0.7
		c := compare.Runs(base, head, compare.Options{})
		require.Len(t, c.Problems, 1)
		assert.Equal(t, compare.KindScore, c.Problems[0].Kind)
		assert.Contains(t, c.Problems[0].Reason, of+": scores.parquet says 0.7 from 4 queries, but queries.parquet gives")
		assert.Empty(t, c.Scores)
	}
}

func TestEmbeddingsArePairedByID(t *testing.T) {
	base, head := run(1), run(1)
	head.Embeddings = func(_, _, modality string) ([]store.Embedding, error) {
		if modality == "text" {
			return nil, fs.ErrNotExist
		}
		return []store.Embedding{{ID: "2", Embedding: []float32{0, 2}}, {ID: "1", Embedding: []float32{0, 1}}}, nil
	}
	c := compare.Runs(base, head, compare.Options{})
	require.Empty(t, c.Problems)
	assert.Equal(t, []compare.Drift{{Variant: "v", Dataset: "d", Modality: "image", MeanAbs: 0.5, MaxAbs: 1, CosineMin: 0, Direction: 0.5, Scale: 1, ScaleLow: 1, ScaleHigh: 1, Items: 2,
		RowMeanAbs: 1, RowItem: "1", RowDirection: 1, RowDirectionItem: "1", Rows: []float64{1, 0}, Directions: []float64{1, 0}}}, c.Drift)
}

// TestScaleApartFromDirection: rows that became longer or shorter alone have drifted in scale only.
func TestScaleApartFromDirection(t *testing.T) {
	head := run(1)
	head.Embeddings = func(_, _, modality string) ([]store.Embedding, error) {
		if modality == "text" {
			return nil, fs.ErrNotExist
		}
		return []store.Embedding{{ID: "1", Embedding: []float32{0.5, 0}}, {ID: "2", Embedding: []float32{0, 1}}}, nil
	}
	d := compare.Runs(run(1), head, compare.Options{}).Drift[0]
	assert.InDelta(t, 0.375, d.MeanAbs, 1e-12)
	assert.InDelta(t, 0, d.Direction, 1e-12)
	assert.InDelta(t, 0.5, d.Scale, 1e-12)
	assert.InDelta(t, 1, d.CosineMin, 1e-12)
	assert.Equal(t, "times 0.5", d.Times())

	head.Embeddings = func(_, _, modality string) ([]store.Embedding, error) {
		if modality == "text" {
			return nil, fs.ErrNotExist
		}
		return []store.Embedding{{ID: "1", Embedding: []float32{1.5, 0}}, {ID: "2", Embedding: []float32{0, 2}}}, nil
	}
	assert.Equal(t, "times 1 to 1.5 (1 of 2 in other lengths)", compare.Runs(run(1), head, compare.Options{}).Drift[0].Times())
}

// TestOneSideIsNotTimed: a run whose suite skips timings beside one that has them is one problem, not one for each phase.
func TestOneSideIsNotTimed(t *testing.T) {
	timed, skips := run(1), run(1)
	skip := "floor,timing"
	skips.Run.Skip, skips.Timings = &skip, nil
	for _, c := range []struct {
		base, head compare.Run
		want       string
	}{{timed, skips, "HEAD's suite skips them, BASE's does not"}, {skips, timed, "BASE's suite skips them, HEAD's does not"}} {
		got := compare.Runs(c.base, c.head, compare.Options{})
		require.Len(t, got.Problems, 1)
		assert.Equal(t, compare.KindTiming, got.Problems[0].Kind)
		assert.Contains(t, got.Problems[0].Reason, c.want)
		assert.False(t, got.NotTimed)
	}
}

func TestTimings(t *testing.T) {
	base, head := run(1), run(1)
	for i := range head.Timings {
		if head.Timings[i].Phase == "encode" {
			head.Timings[i].NS *= 2
		}
	}
	c := compare.Runs(base, head, compare.Options{})
	require.Len(t, c.Timings, 3)
	total := c.Timings[2]
	assert.Equal(t, compare.Total, total.Phase)
	assert.InDelta(t, 3.003, total.Base.MS, 1e-9, "the median of rounds 1 to 5: two phases of two items")
	assert.Equal(t, 5, total.Base.N, "the warm-up is left out")
	assert.InDelta(t, 5.0045, total.Head.MS, 1e-9)
	assert.InDelta(t, 2.0/252, total.P, 1e-12)
	assert.Equal(t, 1.0, total.Machine, "one variant tells nothing of its machine")
	assert.Equal(t, total.Ratio, total.Relative)
}

func TestOtherHardwareIsNotCompared(t *testing.T) {
	base := run(1)
	for name, change := range map[string]func(*store.Run){
		"cpu": func(r *store.Run) { r.CPUModel = "other" }, "cores": func(r *store.Run) { r.Cores = 64 }, "threads": func(r *store.Run) { r.Threads = 2 },
	} {
		head := run(1)
		change(&head.Run)
		c := compare.Runs(base, head, compare.Options{})
		assert.Empty(t, c.Timings)
		assert.False(t, c.SameMachine)
		require.Len(t, c.Problems, 1)
		assert.Equal(t, compare.KindTiming, c.Problems[0].Kind)
		require.Len(t, c.Environment, 1)
		assert.Equal(t, name, c.Environment[0].Name)
		c = compare.Runs(base, head, compare.Options{OtherHardware: true})
		assert.Len(t, c.Timings, 3)
		assert.Empty(t, c.Problems)
	}
}

func TestEnvironment(t *testing.T) {
	head := run(1)
	head.Run.ToolVersion, head.Run.SuiteSHA256 = "v2", "0123456789abcdef"
	head.Variants[0].RuntimeVersion, head.Variants[0].ImageSHA256 = "2.0", "ff"
	head.Datasets[0].SHA256 = "y"
	c := compare.Runs(run(1), head, compare.Options{})
	var got []string
	for _, d := range c.Environment {
		got = append(got, d.String())
	}
	assert.Equal(t, []string{
		"tool version: v2, was none", "suite sha256: 0123456789ab, was none", "d: dataset sha256: y, was x", "v: image model sha256: ff, was none",
		"v: runtime version: 2.0, was 1.0",
	}, got)
	assert.Equal(t, []compare.Problem{{Kind: compare.KindDataset, Dataset: "d", Reason: "not compared: its content differs (sha256 y, was x)"}}, c.Problems)
	assert.Empty(t, c.Scores)
	assert.Empty(t, c.Drift)
}

// margined is a run with two pictures and these margins at 1 of its texts; image 2 is turned by
// angle, in radians.
func margined(angle float64, margins ...float64) compare.Run {
	r := run(make([]float64, len(margins))...)
	var texts []store.Embedding
	for i := range margins {
		q := &r.Queries[i]
		q.MarginAtK, q.TopHits = &margins[i], []bool{}
		texts = append(texts, store.Embedding{ID: q.QueryID, Embedding: []float32{1, 1}})
	}
	r.Drift = append(r.Drift, store.Drift{Dataset: "d", Variant: "v", Modality: "image", Stage: "floor:twice", Stat: "mean_abs", Value: 1e-3},
		store.Drift{Dataset: "d", Variant: "v", Modality: "image", Stage: "floor:batch1", Stat: "mean_abs", Value: 2e-3})
	r.Embeddings = func(_, _, modality string) ([]store.Embedding, error) {
		if modality == "text" {
			return texts, nil
		}
		return []store.Embedding{{ID: "1", Embedding: []float32{1, 0}}, {ID: "2", Embedding: []float32{float32(2 * math.Sin(angle)), float32(2 * math.Cos(angle))}}}, nil
	}
	return r
}

func TestBudget(t *testing.T) {
	base := margined(0, 0.5, -0.3, 0.1, -0.01)
	// One of two pictures moves, so the difference of their similarities changes by no more than that.
	for angle, want := range map[float64]int{0: 0, 0.009: 0, 0.011: 1, 0.09: 1, 0.11: 2, 0.29: 2, 0.31: 3, 0.5: 3, 0.6: 4} {
		c := compare.Runs(base, margined(angle, 0.5, -0.3, 0.1, -0.01), compare.Options{})
		require.Len(t, c.Budgets, 1)
		b := c.Budgets[0]
		assert.Equal(t, want, b.Uncertain, "angle %g", angle)
		assert.InDelta(t, 2*math.Sin(angle/2), b.Moved, 1e-7)
		assert.InDelta(t, 0.0025, b.Allowed, 1e-12)
		require.NotNil(t, c.Drift[0].Floor)
		assert.InDelta(t, 2e-3, *c.Drift[0].Floor, 0, "the largest of the floors")
		assert.Nil(t, c.Drift[1].Floor)
	}
	old := run(1, 0)
	assert.Empty(t, compare.Runs(old, old, compare.Options{}).Budgets, "a run from before margins were stored")
}
