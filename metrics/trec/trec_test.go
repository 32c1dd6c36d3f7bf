package trec_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/testenv"
	"github.com/fastclip/fastclip/metrics/trec"
)

func evaluate(qrels, run string, opts trec.Options) (*trec.Report, error) {
	q, err := trec.ReadQrels(strings.NewReader(qrels), "qrels")
	if err != nil {
		return nil, err
	}
	r, err := trec.ReadRun(strings.NewReader(run), "run")
	if err != nil {
		return nil, err
	}
	return trec.Evaluate(q, r, opts)
}

func printed(t *testing.T, qrels, run string, opts trec.Options, perQuery bool) string {
	t.Helper()
	report, err := evaluate(qrels, run, opts)
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, report.Write(&out, perQuery))
	return out.String()
}

// The real outputs of trec_eval 10.0's own test, byte by byte.
func TestVectors(t *testing.T) {
	dir := filepath.Join(testenv.Shared(t), "vectors", "trec_eval")
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		return string(data)
	}
	qrels, run := read("qrels.test"), read("results.test")
	assert.Equal(t, read("out.test"), printed(t, qrels, run, trec.Options{}, false))
	assert.Equal(t, read("out.test.a"), printed(t, qrels, run, trec.Options{Measures: []string{"all_trec"}}, false))

	// The shortened run leaves query 302 out.
	all := trec.Options{Measures: []string{"all_trec"}, Complete: true}
	lines := strings.Split(printed(t, qrels, read("results.trunc"), all, true), "\n")
	left := slices.DeleteFunc(lines, func(line string) bool { return !strings.Contains(line, "\t302\t") })
	require.Len(t, left, 96)
	assert.Equal(t, "num_rel               \t302\t77", left[1])
	for _, line := range slices.Delete(left, 1, 2) {
		assert.Regexp(t, `\t(0|0\.0000|'')$`, line)
	}
}

const (
	smallQrels = "q1 0 a 1\nq1 0 b 0\nq1 0 c 2\nq1 0 e -1\nq2 0 a 1\nq3 0 a 1\nq3 0 b 1\n"
	smallRun   = "q1 Q0 a 1 2 first\nq1 Q0 b 2 2 first\nq1 Q0 x 3 3 first\nq1 Q0 e 9 1 first\nq2 Q0 b 1 1 first\nq4 Q0 a 1 1 last\n"
)

func TestOptions(t *testing.T) {
	tests := map[string]struct {
		opts     trec.Options
		perQuery bool
		want     string
	}{
		"ties by name, descending": {trec.Options{Measures: []string{"relstring", "num_q"}}, true,
			"relstring             \tq1\t'-01.'\nrelstring             \tq2\t'-'\nnum_q                 \tall\t2\n"},
		"mean over the queries of both": {trec.Options{Measures: []string{"map", "num_rel"}}, false,
			"num_rel               \tall\t3\nmap                   \tall\t0.0833\n"},
		"mean over all queries": {trec.Options{Measures: []string{"map", "num_rel", "gm_map"}, Complete: true}, false,
			"num_rel               \tall\t5\nmap                   \tall\t0.0556\ngm_map                \tall\t0.0003\n"},
		"relevance level": {trec.Options{Measures: []string{"map", "num_rel"}, Level: 2}, false,
			"num_rel               \tall\t1\nmap                   \tall\t0.0000\n"},
		"best documents": {trec.Options{Measures: []string{"num_ret", "unj.2"}, MaxDocs: 2}, true,
			"num_ret               \tq1\t2\nunj_2                 \tq1\t0.5000\nnum_ret               \tq2\t1\nunj_2                 \tq2\t0.5000\n" +
				"num_ret               \tall\t3\nunj_2                 \tall\t0.5000\n"},
		"last run's name": {trec.Options{Measures: []string{"runid"}}, true, "runid                 \tall\tlast\n"},
		"parameters are sorted, the first count": {trec.Options{Measures: []string{"P.3,1", "P.5", "P"}}, false,
			"P_1                   \tall\t0.0000\nP_3                   \tall\t0.1667\n"},
		"parameters in names": {trec.Options{Measures: []string{"set_F.0.5", "ndcg.1=3,2=9", "Rprec_mult..5", "success.1.9"}}, false,
			"Rprec_mult_0.50       \tall\t0.0000\nndcg_1=3,2=9          \tall\t0.0689\nsuccess_1             \tall\t0.0000\nset_F_0.5             \tall\t0.1500\n"},
		"no number": {trec.Options{Measures: []string{"Rndcg.1=0,2=0"}}, false, "Rndcg_1=0,2=0         \tall\t  -nan\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, printed(t, smallQrels, smallRun, test.opts, test.perQuery))
		})
	}
}

// A query with nothing but negative judgements has nothing relevant; trec_eval reads what the
// query before left in memory.
func TestNothingJudged(t *testing.T) {
	report, err := evaluate("q 0 a -1\n", "q Q0 a 1 1 x\n", trec.Options{Measures: []string{"all_trec"}})
	require.NoError(t, err)
	for _, v := range report.Queries[0].Values {
		switch v.Name {
		case "num_ret", "relstring", "utility", "rbp_resid", "unj_5", "unj_10", "unj_20":
		default:
			assert.Zero(t, v.Number, v.Name)
		}
	}
}

// Scores are 64-bit floats, and recall points are rounded to the nearest document: trec_eval 9 kept
// 32 bits, and rounded up from a tenth.
func TestScoresAndRecallPoints(t *testing.T) {
	run := "q Q0 b 1 1.000000001 x\nq Q0 c 2 1 x\nq Q0 a 3 0 x\n"
	opts := trec.Options{Measures: []string{"recip_rank", "iprec_at_recall.0.1"}}
	want := "recip_rank            \tall\t1.0000\niprec_at_recall_0.10  \tall\t1.0000\n"
	assert.Equal(t, want, printed(t, "q 0 b 1\nq 0 a 1\nq 0 x 1\nq 0 y 1\n", run, opts, false))
}

// With -c a query that the run leaves out has a line for each measure, as in trec_eval 10.0, which
// scores one document that nobody judged in its place and clears some of the values by name.
func TestMissingQueries(t *testing.T) {
	opts := trec.Options{Measures: []string{"all_trec"}, Complete: true}
	report, err := evaluate(smallQrels, smallRun, opts)
	require.NoError(t, err)
	require.Len(t, report.Queries, 3)
	q3 := report.Queries[2]
	assert.Equal(t, "q3", q3.Query)
	require.Len(t, q3.Values, 96)
	for _, v := range q3.Values {
		switch v.Name {
		case "num_rel":
			assert.Equal(t, "2", v.Text)
		case "relstring":
			assert.Equal(t, "''", v.Text)
		case "num_ret", "num_rel_ret", "num_nonrel_judged_ret":
			assert.Equal(t, "0", v.Text, v.Name)
		default:
			assert.Equal(t, "0.0000", v.Text, v.Name)
		}
	}
	opts.Measures = []string{"utility.1,-1,0,0", "relstring.3", "unj.1", "num_ret"}
	got := printed(t, smallQrels, smallRun, opts, true)
	assert.Contains(t, got, "num_ret               \tq3\t0\nrelstring_3           \tq3\t'-'\nutility_1,-1,0,0      \tq3\t-1.0000\nunj_1                 \tq3\t0.0000\n")

	_, err = evaluate(smallQrels, "", opts)
	assert.ErrorContains(t, err, "no query in common")
	report, err = evaluate("q1 0 a 1\n", "q2 Q0 a 1 1 x\n", opts)
	require.NoError(t, err)
	assert.Equal(t, "q1", report.Queries[0].Query)
}

func TestFailures(t *testing.T) {
	tests := map[string]struct {
		qrels, run string
		opts       trec.Options
		want       string
	}{
		"short judgement":    {qrels: "q 0 a 1\nq 0 a\n", want: "qrels:2: 3 fields"},
		"long judgement":     {qrels: "q 0 a 1 2\n", want: "qrels:1: 5 fields"},
		"judgement in words": {qrels: "\n# a note\nq 0 a yes\n", want: `qrels:3: judgement "yes"`},
		"huge judgement":     {qrels: "q 0 a 4294967296\n", want: "want a whole number of 32 bits"},
		"judged twice":       {qrels: "q 0 a 1\nq 1 a 1\n", want: `qrels:2: document "a" is judged twice for query "q"`},
		"null byte":          {qrels: "q 0 a\x00 1\n", want: "qrels:1: a null byte"},
		"endless line":       {qrels: "q 0 a 1\n" + strings.Repeat("x", 1<<21), want: "qrels:2: longer than 1048576 bytes"},
		"short result":       {run: "q Q0 a 1 1\n", want: "run:1: 5 fields"},
		"score in words":     {run: "q Q0 a 1 best x\n", want: `run:1: score "best"`},
		"score is no number": {run: "q Q0 a 1 nan x\n", want: `run:1: score "nan"`},
		"retrieved twice":    {run: "q Q0 b 1 1 x\nq Q0 a 1 1 x\nq Q0 a 2 0 x\n", want: `run:3: document "a" is retrieved twice for query "q"`},
		"nothing in common":  {run: "r Q0 a 1 1 x\n", want: "qrels and run have no query in common"},
		"empty run":          {run: "\n", want: "no query in common"},
		"unknown measure":    {opts: trec.Options{Measures: []string{"mop"}}, want: `unknown measure "mop"`},
		"pytrec's spelling":  {opts: trec.Options{Measures: []string{"P_5"}}, want: "parameters follow a dot: P.5"},
		"needless parameter": {opts: trec.Options{Measures: []string{"map.5"}}, want: "map takes no parameters"},
		"nickname's":         {opts: trec.Options{Measures: []string{"set.5"}}, want: "set takes no parameters"},
		"cutoff of nothing":  {opts: trec.Options{Measures: []string{"P.0"}}, want: `cutoff "0"`},
		"no cutoff":          {opts: trec.Options{Measures: []string{"P."}}, want: `parameter ""`},
		"cutoff twice":       {opts: trec.Options{Measures: []string{"P.5,5"}}, want: "a cutoff of P is given twice"},
		"gain of nothing":    {opts: trec.Options{Measures: []string{"ndcg.3"}}, want: "want JUDGEMENT=GAIN"},
		"gain twice":         {opts: trec.Options{Measures: []string{"ndcg.1=2,1=3"}}, want: "judgement 1 has a gain already"},
		"gain in words":      {opts: trec.Options{Measures: []string{"ndcg.1=x"}}, want: `parameter "x"`},
		"persistence":        {opts: trec.Options{Measures: []string{"rbp.p=2"}}, want: "between 0 and 1"},
		"too few numbers":    {opts: trec.Options{Measures: []string{"utility.1,2"}}, want: "2 parameters: utility takes 4"},
		"level":              {opts: trec.Options{Level: -1}, want: "relevance level -1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.qrels == "" {
				test.qrels = "q 0 a 1\n"
			}
			if test.run == "" {
				test.run = "q Q0 a 1 1 x\n"
			}
			_, err := evaluate(test.qrels, test.run, test.opts)
			assert.ErrorContains(t, err, test.want)
		})
	}
}
