package trec_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/testenv"
	"github.com/fastclip/fastclip/metrics/trec"
)

// oracleCase is what the reference reads.
type oracleCase struct {
	Qrels    map[string]map[string]int     `json:"qrels"`
	Run      map[string]map[string]float64 `json:"run"`
	Level    int                           `json:"level"`
	Complete bool                          `json:"complete"`
	Params   []string                      `json:"params"`
}

// generated makes ties, graded and negative judgements,
// queries without relevant documents, and queries that are in one file alone.
func generated(rnd *rand.Rand) oracleCase {
	c := oracleCase{
		Qrels: map[string]map[string]int{}, Run: map[string]map[string]float64{},
		Level: 1 + rnd.IntN(3), Complete: rnd.IntN(2) == 0,
	}
	if rnd.IntN(2) == 0 {
		c.Params = []string{"P.1,3,7", "recall.2,11", "ndcg_cut.1,2,50", "map_cut.4", "success.2,40"}
	}
	for q := range 2 + rnd.IntN(5) {
		id, docs := fmt.Sprint("q", q*7), 1+rnd.IntN(40)
		highest, share := rnd.IntN(5), rnd.Float64()
		if q == 0 {
			highest = 2 // a query in both files at the least
		}
		for d := range docs {
			name := fmt.Sprintf("d%d-%d", rnd.IntN(3), d)
			if q == 0 || q == 1 && rnd.IntN(3) > 0 || q > 2 {
				if d == 0 || rnd.Float64() < share {
					inner(c.Qrels, id)[name] = rnd.IntN(highest+2) - 1
				}
				if len(c.Qrels[id]) == 1 { // with nothing judged the C code looks at the query before
					c.Qrels[id][name] = rnd.IntN(highest + 1)
				}
			}
			if q != 1 && (d == 0 || rnd.IntN(4) > 0) {
				inner(c.Run, id)[name] = score(rnd)
			}
		}
	}
	return c
}

func inner[V any](m map[string]map[string]V, id string) map[string]V {
	if m[id] == nil {
		m[id] = map[string]V{}
	}
	return m[id]
}

func score(rnd *rand.Rand) float64 {
	if rnd.IntN(4) == 0 {
		return float64(rnd.IntN(3))
	}
	return float64(float32(rnd.NormFloat64())) // the reference, release 9, keeps no more
}

// evaluate writes the case's files, in any order, and scores them.
func (c oracleCase) evaluate(t *testing.T, rnd *rand.Rand) *trec.Report {
	t.Helper()
	var qrels, run []string
	for q, docs := range c.Qrels {
		for d, rel := range docs {
			qrels = append(qrels, fmt.Sprintf("%s 0 %s %d\n", q, d, rel))
		}
	}
	for q, docs := range c.Run {
		for d, s := range docs {
			run = append(run, fmt.Sprintf("%s\tQ0 %s 1  %s tag\n", q, d, strconv.FormatFloat(s, 'g', -1, 64)))
		}
	}
	for _, rows := range [][]string{qrels, run} {
		slices.Sort(rows)
		rnd.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	}
	report, err := evaluate(strings.Join(qrels, ""), strings.Join(run, ""), trec.Options{
		Measures: append([]string{"all_trec"}, c.Params...), Level: c.Level, Complete: c.Complete,
	})
	require.NoError(t, err)
	return report
}

// Every measure of every query of generated files against trec_eval's C code.
func TestOracle(t *testing.T) {
	uv := testenv.UV(t)
	rnd := rand.New(rand.NewPCG(6, 6))
	var stdin, stderr bytes.Buffer
	var cases []oracleCase
	for range 300 {
		c := generated(rnd)
		require.NoError(t, json.NewEncoder(&stdin).Encode(c))
		cases = append(cases, c)
	}
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, uv, "run", "--quiet", "--script", filepath.Join(testenv.Root(t), "testdata", "oracles", "trec_eval.py"))
	cmd.Stdin, cmd.Stderr = &stdin, &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	lines, compared := json.NewDecoder(bytes.NewReader(out)), 0
	for _, c := range cases {
		var want struct {
			Queries map[string]map[string]float64
			All     map[string]float64
		}
		require.NoError(t, lines.Decode(&want))
		report := c.evaluate(t, rnd)
		found := slices.DeleteFunc(report.Queries, func(s trec.Scores) bool { return c.Run[s.Query] == nil })
		require.Len(t, found, len(want.Queries))
		for _, s := range append(found, report.All) {
			values := want.All
			if s.Query != "all" {
				values = want.Queries[s.Query]
				maps.DeleteFunc(values, func(name string, _ float64) bool {
					return name == "num_q" || strings.HasPrefix(name, "gm_")
				})
			}
			compared += compare(t, values, s, c)
		}
	}
	t.Logf("%d values are equal", compared)
}

// compare counts the values that are equal; the last bits differ with the C library's log2.
func compare(t *testing.T, want map[string]float64, got trec.Scores, c oracleCase) (n int) {
	t.Helper()
	for _, v := range got.Values {
		switch name := strings.TrimRight(v.Name, "_.0123456789"); name {
		case "runid", "relstring", "rbp", "rbp_resid", "unj": // the reference, release 9, has none
			continue
		case "iprec_at_recall", "11pt_avg": // and rounds recall points in another way
			delete(want, v.Name)
			continue
		}
		expected, ok := want[v.Name]
		require.True(t, ok, "the reference has no %s", v.Name)
		require.InDelta(t, expected, v.Number, 1e-14*max(1, math.Abs(expected)), "%s of %s in %+v", v.Name, got.Query, c)
		if strings.Contains(v.Text, ".") {
			// Halfway between two digits, the last bits decide on either.
			either := []string{fmt.Sprintf("%6.4f", expected-1e-14), fmt.Sprintf("%6.4f", expected), fmt.Sprintf("%6.4f", expected+1e-14)}
			assert.Contains(t, either, v.Text, v.Name)
		} else {
			assert.Equal(t, fmt.Sprint(int(expected)), v.Text, v.Name)
		}
		n++
	}
	require.Len(t, want, n, "values of %s", got.Query)
	return n
}
