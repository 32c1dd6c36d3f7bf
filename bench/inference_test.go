package bench

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// fakeTime is a clock that only fake encoders move.
type fakeTime struct{ now time.Time }

func (f *fakeTime) clock() clock {
	return clock{now: func() time.Time { return f.now }, cpu: func() time.Duration { return f.now.Sub(time.Unix(0, 0)) / 2 }}
}

// fakeEncoder needs took(k) for call k, counted from 1, and returns answer(k).
type fakeEncoder struct {
	time   *fakeTime
	calls  int
	took   func(k int) time.Duration
	answer func(k int) ([]float32, error)
}

func (f *fakeEncoder) Info() encoders.Info { return encoders.Info{Dim: 2} }
func (f *fakeEncoder) Close() error        { return nil }

func (f *fakeEncoder) EncodeImages(_ context.Context, px encoders.Pixels) (encoders.Embeddings, error) {
	f.calls++
	f.time.now = f.time.now.Add(f.took(f.calls))
	v, err := f.answer(f.calls)
	return encoders.Embeddings{N: 1, Dim: 2, Data: v}, err
}

func (f *fakeEncoder) EncodeTexts(ctx context.Context, _ encoders.Tokens) (encoders.Embeddings, error) {
	return f.EncodeImages(ctx, encoders.Pixels{})
}

func always(ms float64) func(int) time.Duration {
	return func(int) time.Duration { return time.Duration(ms * 1e6) }
}

func says(v ...float32) func(int) ([]float32, error) {
	return func(int) ([]float32, error) { return v, nil }
}

// measured times fake encoders. The first is the reference.
func measured(t *testing.T, encs ...*fakeEncoder) []InferenceRow {
	t.Helper()
	clk := &fakeTime{now: time.Unix(0, 0)}
	r := rand.New(rand.NewPCG(1, 1))
	m := &measurement{bench: suite.Bench{}.WithDefaults(), timeout: time.Minute, reference: "ref", clock: clk.clock(), tick: func() {}}
	for i, e := range encs {
		took := e.took
		e.time, e.took = clk, func(k int) time.Duration { return time.Duration(float64(took(k)) * (1 + 0.02*r.Float64())) }
		if e.answer == nil {
			e.answer = says(1, 2)
		}
		m.cells = append(m.cells, &cell{v: &variants.Variant{Enc: e, Status: store.StatusOK}, start: &towerStart{}, InferenceRow: InferenceRow{
			Variant: []string{"ref", "a", "b"}[i], Tower: store.TowerImage, Batch: 1, Threads: 1, Status: store.StatusOK,
		}})
	}
	require.NoError(t, m.run(t.Context()))
	return m.rows()
}

// TestInferenceConvergesAfter40: the row of the research notes that goes from 150 to 64 ms over 40 batches, at once or gradually.
func TestInferenceConvergesAfter40(t *testing.T) {
	for name, took := range map[string]func(k int) time.Duration{
		"at once": func(k int) time.Duration {
			if k <= 40 {
				return 150 * time.Millisecond
			}
			return 64 * time.Millisecond
		},
		"little by little": func(k int) time.Duration {
			return time.Duration((64 + 86*max(0, 1-float64(k)/40)) * 1e6)
		},
	} {
		t.Run(name, func(t *testing.T) {
			rows := measured(t, &fakeEncoder{took: always(64)}, &fakeEncoder{took: took})
			assert.Equal(t, stats.ShapeFlat, rows[0].Shape)
			assert.True(t, rows[1].Steady)
			assert.InDelta(t, 40, rows[1].Calls(rows[1].Warmup), 3, "with those that do not count")
			assert.InDelta(t, 1, rows[1].SpeedUp, 0.02, "in the steady state both are alike")
			assert.InDelta(t, 64.6, stats.Median(Milliseconds(rows[1].Settled())), 1)
			cpu, ok := rows[1].SettledCPU()
			assert.True(t, ok)
			assert.InDelta(t, 32.3, float64(cpu.Milliseconds())/float64(len(rows[1].Settled())), 1)
		})
	}
}

func TestInferenceNamesWhatIsUnsteady(t *testing.T) {
	rows := measured(t,
		&fakeEncoder{took: always(50)},
		&fakeEncoder{took: func(k int) time.Duration {
			if k%10 == 0 {
				return 250 * time.Millisecond
			}
			return 50 * time.Millisecond
		}},
		&fakeEncoder{took: func(k int) time.Duration { return time.Duration(k) * time.Millisecond }})
	assert.True(t, rows[0].Steady)
	assert.Equal(t, len(rows[0].Series), len(rows[1].Series), "all go on for those that need longer")
	assert.Equal(t, stats.ShapeStalls, rows[1].Shape)
	assert.Equal(t, 10, rows[1].Calls(rows[1].Period), "with those that do not count")
	assert.InDelta(t, 5, rows[1].StallFactor, 0.2)
	assert.False(t, rows[2].Steady)
	assert.Equal(t, stats.ShapeNone, rows[2].Shape)
	assert.Greater(t, rows[2].Trend, 0.1, "it grows by a call's millisecond a call")
	assert.False(t, rows[2].Short)
}

// TestInferenceIsOfOneVariantAlone: other variants push a model's weights out of the caches. Its time must still be that of repeated calls.
func TestInferenceIsOfOneVariantAlone(t *testing.T) {
	last, since := "", 0
	took := func(name string) func(int) time.Duration {
		return func(int) time.Duration {
			if last != name {
				last, since = name, 0
			}
			since++
			return time.Duration(max(4, 9-since)) * time.Millisecond // 8, 7, 6, 5, 4, 4
		}
	}
	for _, r := range measured(t, &fakeEncoder{took: took("ref")}, &fakeEncoder{took: took("a")}, &fakeEncoder{took: took("b")}) {
		assert.True(t, r.Steady)
		assert.InDelta(t, 4.04, stats.Median(Milliseconds(r.Settled())), 0.05)
		assert.Less(t, slices.Max(r.Settled()), 5*time.Millisecond, "not one of them is after another's")
		assert.GreaterOrEqual(t, r.FirstShape, 8*time.Millisecond)
		assert.Equal(t, 1, r.Calls(0))
		assert.Equal(t, 8+4, r.Calls(4), "a lead of eight")
		assert.Equal(t, 8+4+8+1, r.Calls(5))
	}
}

func TestInferenceThatIsTooSlowForItsBudget(t *testing.T) {
	rows := measured(t, &fakeEncoder{took: always(1500)}, &fakeEncoder{took: always(40000)})
	assert.True(t, rows[0].Short)
	assert.Len(t, rows[0].Series, 16, "with four that do not count these are 30 seconds")
	assert.Empty(t, rows[1].Settled())
	assert.False(t, rows[1].Steady)
}

func TestInferenceNamesWrongAnswers(t *testing.T) {
	nan := float32(0)
	nan /= nan
	for name, tt := range map[string]struct {
		answer func(k int) ([]float32, error)
		want   string
	}{
		"right":          {says(1, 2), ""},
		"scaled":         {says(2, 4.1), ""},
		"another":        {says(2, -1), "cosine to the reference's embeddings down to 0.0000"},
		"zero":           {says(0, 0), "not finite, or are all 0"},
		"not a number":   {says(nan, 1), "not finite, or are all 0"},
		"only the first": {func(k int) ([]float32, error) { return []float32{1, 2 / float32(k)}, nil }, "calls with the same input give different embeddings"},
		"wrong later":    {func(k int) ([]float32, error) { return []float32{1, 2 - 4*float32(k/30)}, nil }, "calls with the same input give different embeddings"},
	} {
		t.Run(name, func(t *testing.T) {
			row := measured(t, &fakeEncoder{took: always(20)}, &fakeEncoder{took: always(1), answer: tt.answer})[1]
			if tt.want == "" {
				assert.Empty(t, row.Wrong)
			} else {
				assert.Contains(t, row.Wrong, tt.want)
			}
		})
	}
}

func TestInferenceFailsARowOnly(t *testing.T) {
	rows := measured(t, &fakeEncoder{took: always(20)}, &fakeEncoder{took: always(20), answer: func(k int) ([]float32, error) {
		if k > 5 {
			return nil, errors.New("out of memory")
		}
		return []float32{1, 2}, nil
	}})
	assert.Equal(t, store.StatusOK, rows[0].Status)
	assert.Equal(t, store.StatusFailed, rows[1].Status)
	assert.Equal(t, "out of memory", rows[1].Reason)
}

// TestInferenceOfModels uses real models. A variant with the same files as another is not timed again, and every call is saved.
func TestInferenceOfModels(t *testing.T) {
	chosen := parse(t, single, three+"\n  - {name: trimmed, trim: true}")
	chosen.Bench = suite.Bench{MinTime: time.Millisecond, MinCalls: 16, MaxTime: 10 * time.Second}
	cfg := config(t, chosen)
	rows, _, err := Inference(t.Context(), InferenceConfig{Config: cfg, Towers: []string{store.TowerText}, Batches: []int{1, 2}, Threads: []int{1, 2}})
	require.NoError(t, err)
	var cells []string
	for _, r := range rows {
		cells = append(cells, r.Variant)
		assert.Equal(t, store.StatusOK, r.Status, r.Reason)
		assert.GreaterOrEqual(t, len(r.Series), 16)
		assert.Less(t, r.MeanAbs, 1e-5)
		assert.Empty(t, r.Wrong)
		assert.Positive(t, r.First)
	}
	assert.Equal(t, []string{"ref", "trimmed", "ref", "trimmed", "ref", "trimmed", "ref", "trimmed"}, cells)
	require.NoError(t, SaveInference(filepath.Join(t.TempDir(), "run"), cfg, time.Now(), rows))
}

func TestSaveInferenceKeepsTheSeries(t *testing.T) {
	suite := parse(t, single, "  - {name: ref}\n  - {name: a}")
	rows := measured(t, &fakeEncoder{took: always(20)}, &fakeEncoder{took: always(20), answer: func(int) ([]float32, error) { return nil, errors.New("no") }})
	dir := filepath.Join(t.TempDir(), "run")
	require.NoError(t, SaveInference(dir, Config{Suite: suite}, time.Now(), rows))
	res, err := store.LoadRun(dir)
	require.NoError(t, err)
	require.Len(t, res.Variants, 2)
	assert.Equal(t, []string{store.StatusOK, store.StatusFailed}, []string{res.Variants[0].Status, res.Variants[1].Status})
	calls := 0
	for _, x := range res.Timings {
		if x.Phase == store.PhaseEncode {
			calls++
		}
	}
	assert.Equal(t, len(rows[0].Series), calls)
	assert.Error(t, SaveInference(dir, Config{Suite: suite}, time.Now(), rows), "nothing finished is overwritten")
}
