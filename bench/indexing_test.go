package bench

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/indexes"
	"github.com/fastclip/fastclip/indexes/indexestest"
	"github.com/fastclip/fastclip/internal/store"
)

// memory is a database in memory that confirms documents even if it drops them.
type memory struct {
	kept   map[string]map[string][]float32
	drop   func(collection, id string) bool
	forget bool // loses everything at a restart
	random bool // returns random hits
	refuse error
}

func newMemory() *memory { return &memory{kept: map[string]map[string][]float32{}} }

func (m *memory) Name() string { return "memory" }
func (m *memory) Close() error { return nil }
func (m *memory) Restart(context.Context) error {
	if m.forget {
		clear(m.kept)
	}
	return nil
}

func (m *memory) Open(_ context.Context, name string, dim int) (indexes.Index, error) {
	if m.kept[name] == nil {
		m.kept[name] = map[string][]float32{}
	}
	return &memoryIndex{m, name, dim}, nil
}

type memoryIndex struct {
	m    *memory
	name string
	dim  int
}

func (x *memoryIndex) Add(_ context.Context, docs []indexes.Document) error {
	if err := indexes.Check(docs, x.dim); err != nil {
		return err
	}
	for _, d := range docs {
		if x.m.refuse != nil && len(x.m.kept[x.name]) > 20 {
			return x.m.refuse
		}
		if x.m.drop == nil || !x.m.drop(x.name, d.ID) {
			x.m.kept[x.name][d.ID] = d.Vector
		}
	}
	return nil
}

func (x *memoryIndex) Search(_ context.Context, q []float32, k int) ([]string, error) {
	kept := x.m.kept[x.name]
	ids := slices.Sorted(maps.Keys(kept))
	if !x.m.random {
		slices.SortStableFunc(ids, func(a, b string) int { return cmp.Compare(dotProduct(kept[b], q), dotProduct(kept[a], q)) })
	}
	return ids[:min(k, len(ids))], nil
}

func (x *memoryIndex) Count(context.Context) (int, error) { return len(x.m.kept[x.name]), nil }
func (x *memoryIndex) Close() error                       { return nil }

func TestMemoryConforms(t *testing.T) { indexestest.Run(t, newMemory(), 1) }

// indexed adds the documents of a small suite to a database.
func indexed(t *testing.T, b indexes.Backend, change func(*IndexingConfig)) IndexingResult {
	t.Helper()
	chosen := parse(t, single, "  - {name: ref}")
	chosen.Bench = suite.Bench{MinTime: time.Millisecond, MinCalls: 16, MaxTime: time.Minute}
	cfg := IndexingConfig{
		Config: config(t, chosen), Backend: b, Modalities: []string{store.TowerImage, store.TowerText}, Batches: []int{10, 1}, Documents: 40, Queries: 5, MinRecall: 0.8,
	}
	if change != nil {
		change(&cfg)
	}
	res, err := Indexing(t.Context(), cfg)
	require.NoError(t, err)
	return res
}

func TestIndexing(t *testing.T) {
	for _, overHTTP := range []bool{false, true} {
		res := indexed(t, newMemory(), func(c *IndexingConfig) { c.HTTP = overHTTP })
		require.Len(t, res.Rows, 4)
		assert.Empty(t, res.Problems)
		for _, r := range res.Rows {
			require.Equal(t, store.StatusOK, r.Status, r.Reason)
			assert.GreaterOrEqual(t, r.Documents, 40)
			assert.Equal(t, r.Documents, r.Count)
			assert.EqualValues(t, 1, r.Recall, "exact search")
			for _, phase := range r.Phases {
				assert.Len(t, r.Series[phase], len(r.Total), phase)
			}
			assert.GreaterOrEqual(t, len(r.Total), leastBatches)
		}
		assert.Equal(t, []string{"load", "decode", "preprocess", "encode", "to_output", "index"}, res.Rows[0].Phases)
		assert.Equal(t, []string{"tokenize", "encode", "to_output", "index"}, res.Rows[2].Phases)
		dir := filepath.Join(t.TempDir(), "run")
		require.NoError(t, SaveIndexing(dir, Config{Suite: parse(t, single, "  - {name: ref}")}, time.Now(), res.Rows))
		stored, err := store.LoadRun(dir, store.TableTimings)
		require.NoError(t, err)
		batches := 0
		for _, x := range stored.Timings {
			if x.Phase == store.PhaseIndex && x.Batch == 1 && x.Modality == store.TowerImage {
				batches++
			}
		}
		assert.Equal(t, len(res.Rows[1].Total), batches)
	}
}

// TestIndexingFailsWhatIsLost: an index that loses documents, or finds the wrong ones, fails however fast it is.
func TestIndexingFailsWhatIsLost(t *testing.T) {
	if testing.Short() {
		t.Skip("slow under the race detector, and concurrent in nothing that TestIndexing is not")
	}
	for name, tt := range map[string]struct {
		spoil func(*memory)
		want  string
	}{
		"drops some":  {func(m *memory) { m.drop = func(_, id string) bool { return strings.HasSuffix(id, "7") } }, "documents after it was opened again"},
		"forgets":     {func(m *memory) { m.forget = true }, "the index holds 0 of"},
		"finds other": {func(m *memory) { m.random = true }, "recall@10 is"},
		"breaks off":  {func(m *memory) { m.refuse = errors.New("disk full") }, "index: disk full"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory()
			tt.spoil(m)
			res := indexed(t, m, func(c *IndexingConfig) { c.Modalities = []string{store.TowerText}; c.Batches = []int{10} })
			assert.Equal(t, store.StatusFailed, res.Rows[0].Status)
			assert.Contains(t, res.Rows[0].Reason, tt.want)
		})
	}
	m := newMemory()
	m.drop = func(collection, _ string) bool { return strings.HasSuffix(collection, " 1") }
	res := indexed(t, m, nil)
	assert.Equal(t, []string{store.StatusOK, store.StatusFailed, store.StatusOK, store.StatusFailed}, []string{res.Rows[0].Status, res.Rows[1].Status, res.Rows[2].Status, res.Rows[3].Status})
}

func TestRecallCountsEquallyNearDocuments(t *testing.T) {
	m := newMemory()
	x, err := m.Open(t.Context(), "x", 2)
	require.NoError(t, err)
	var ids []string
	var vectors [][]float32
	for i := range 30 {
		ids = append(ids, string(rune('A'+i)))
		vectors = append(vectors, []float32{1, 0})
		require.NoError(t, x.Add(t.Context(), []indexes.Document{{ID: ids[i], Vector: vectors[i]}}))
	}
	got, err := recall(t.Context(), x.(indexes.Searcher), ids, vectors, [][]float32{{1, 0}})
	require.NoError(t, err)
	assert.EqualValues(t, 1, got)
	got, err = recall(t.Context(), repeats{x}, ids, vectors, [][]float32{{1, 0}})
	require.NoError(t, err)
	assert.InDelta(t, 0.1, got, 1e-9, "one document ten times is one")
}

type repeats struct{ indexes.Index }

func (r repeats) Search(context.Context, []float32, int) ([]string, error) {
	return slices.Repeat([]string{"A"}, 10), nil
}
