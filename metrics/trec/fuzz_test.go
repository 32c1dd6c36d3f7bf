package trec_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/metrics/trec"
)

// Whatever the judgements are, they are refused with their file's name or scored.
func FuzzQrels(f *testing.F) {
	f.Add(smallQrels)
	f.Add("q1 0 a 2147483647\r\n# note\n\nq1\v0\fe -5")
	f.Fuzz(func(t *testing.T, qrels string) { scored(t, qrels, smallRun) })
}

func FuzzRun(f *testing.F) {
	f.Add(smallRun)
	f.Add("q1 Q0 a 1 -inf x y z\r\nq1 Q0 c 1 0x1p-2 x")
	f.Fuzz(func(t *testing.T, run string) { scored(t, smallQrels, run) })
}

func scored(t *testing.T, qrels, run string) {
	t.Helper()
	report, err := evaluate(qrels, run, trec.Options{Measures: []string{"all_trec"}, Complete: true})
	if err != nil {
		assert.True(t, strings.HasPrefix(err.Error(), "qrels") || strings.HasPrefix(err.Error(), "run:"), err)
		return
	}
	var out bytes.Buffer
	assert.NoError(t, report.Write(&out, true))
	assert.NotContains(t, out.String(), "nan")
}
