package rank_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/testenv"
	"github.com/fastclip/fastclip/metrics/rank"
)

// query is what the reference reads.
type query struct {
	IDs      []string  `json:"ids"`
	Sims     []float64 `json:"sims"`
	Relevant []bool    `json:"relevant"`
}

func (q query) scores(t *testing.T) []float64 {
	t.Helper()
	r, err := rank.New(q.IDs, rank.Names())
	require.NoError(t, err)
	return r.Query(q.Sims, q.Relevant, -1).Values
}

// fields are the white-space separated columns of a file.
func fields(t *testing.T, path string) (rows [][]string) {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		rows = append(rows, strings.Fields(lines.Text()))
	}
	return rows
}

// trecRun reads trec_eval's own test: by query its retrieved items, and how many items are
// relevant, retrieved or not.
func trecRun(t *testing.T) (queries map[string]query, relevant map[string]int) {
	t.Helper()
	dir := filepath.Join(testenv.Shared(t), "vectors", "trec_eval")
	judged := map[[2]string]bool{}
	queries, relevant = map[string]query{}, map[string]int{}
	for _, row := range fields(t, filepath.Join(dir, "qrels.test")) {
		if row[3] == "1" {
			judged[[2]string{row[0], row[2]}] = true
			relevant[row[0]]++
		}
	}
	for _, row := range fields(t, filepath.Join(dir, "results.test")) {
		sim, err := strconv.ParseFloat(row[4], 64)
		require.NoError(t, err)
		q := queries[row[0]]
		q.IDs, q.Sims = append(q.IDs, row[2]), append(q.Sims, sim)
		q.Relevant = append(q.Relevant, judged[[2]string{row[0], row[2]}])
		queries[row[0]] = q
	}
	return queries, relevant
}

// trec_eval's printed means over the queries of its own test. It divides by all relevant
// items, three in four of which were not retrieved: map is scaled for them.
func TestTrecEvalMeans(t *testing.T) {
	queries, relevant := trecRun(t)
	means := make([]float64, len(rank.Names()))
	for name, q := range queries {
		retrieved := 0
		for _, yes := range q.Relevant {
			if yes {
				retrieved++
			}
		}
		require.GreaterOrEqual(t, retrieved, 10, "the ideal list would change")
		values := q.scores(t)
		values[slices.Index(rank.Names(), "MAP")] *= float64(retrieved) / float64(relevant[name])
		for m, v := range values {
			means[m] += v / float64(len(queries))
		}
	}
	printed := map[string]string{}
	for _, row := range fields(t, filepath.Join(testenv.Shared(t), "vectors", "trec_eval", "out.test.a")) {
		printed[row[0]] = row[2]
	}
	for m, name := range []string{"success_1", "success_5", "success_10", "map", "recip_rank", "ndcg_cut_10"} {
		assert.Equal(t, printed[name], fmt.Sprintf("%.4f", means[m]), name)
	}
}

// Query by query, on generated lists full of ties and on the retrieved items of trec_eval's
// own test, against trec_eval's C code and numpy.
func TestTrecEvalQueries(t *testing.T) {
	uv := testenv.UV(t)
	rnd := rand.New(rand.NewPCG(5, 5))
	var all []query
	for range 400 {
		n := 1 + rnd.IntN(60)
		sims, relevant := generated(n, rnd)
		q := query{IDs: ids(n), Sims: sims, Relevant: relevant}
		rnd.Shuffle(n, func(i, j int) { q.IDs[i], q.IDs[j] = q.IDs[j], q.IDs[i] })
		all = append(all, q)
	}
	t.Run("generated", func(t *testing.T) { compareWithReference(t, uv, all) })
	t.Run("shared", func(t *testing.T) {
		queries, _ := trecRun(t)
		var all []query
		for _, q := range queries {
			all = append(all, q)
		}
		compareWithReference(t, uv, all)
	})
}

func compareWithReference(t *testing.T, uv string, all []query) {
	t.Helper()
	cmd := exec.Command(uv, "run", "--quiet", "--script", filepath.Join(testenv.Root(t), "testdata", "oracles", "rank_scores.py"))
	var stdin, stderr bytes.Buffer
	for _, q := range all {
		require.NoError(t, json.NewEncoder(&stdin).Encode(q))
	}
	cmd.Stdin, cmd.Stderr = &stdin, &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	lines := json.NewDecoder(bytes.NewReader(out))
	for _, q := range all {
		var want struct{ Trec, Numpy []float64 }
		require.NoError(t, lines.Decode(&want))
		got := q.scores(t)
		require.InDeltaSlice(t, want.Trec, got, 1e-12, "trec_eval on %+v", q)
		require.InDeltaSlice(t, want.Numpy, got, 1e-12, "numpy on %+v", q)
	}
	require.False(t, lines.More())
}
