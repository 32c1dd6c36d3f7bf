package gate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/judge/gate"
)

// altered changes one picture's embedding of variant a.
func altered(n night, item int, change func(e []float32)) compare.Run {
	run := n.run()
	all := run.Embeddings
	run.Embeddings = func(variant, dataset, modality string) ([]store.Embedding, error) {
		rows, err := all(variant, dataset, modality)
		if variant == "a" && modality == "image" && err == nil {
			change(rows[item].Embedding)
		}
		return rows, err
	}
	return run
}

// TestOneWrongPicture: one of 20,000 moves their mean by less than its limit.
func TestOneWrongPicture(t *testing.T) {
	const row = "drift: {scale: allow}"
	n := night{items: 20000}
	double := func(e []float32) {
		for i := range e {
			e[i] *= 2
		}
	}
	other := func(e []float32) { e[0], e[2] = e[0]+0.3, e[2]-0.5 }
	little := func(e []float32) { e[0] += 1e-3 } // less than ten times the limit of all, over four values
	cases := map[string]struct {
		change func([]float32)
		rule   string
		want   gate.Verdict
	}{
		"another picture":                       {other, "", gate.Regression},
		"another picture, lengths may change":   {other, row, gate.Regression},
		"another picture, a looser policy":      {other, "drift: {row_factor: 1e6}", gate.Pass},
		"another picture, a limit that fits it": {other, "drift: {mean_abs: 0.1}", gate.Pass},
		"a little":                              {little, "", gate.Pass},
		"a little, a stricter policy":           {little, "drift: {row_factor: 1}", gate.Regression},
		"another length":                        {double, "drift: {mean_abs: 2e-3}", gate.Regression},
		"another length that may be":            {double, row, gate.Pass},
	}
	base := n.run()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			item := 12345
			if name == "another length" || name == "another length that may be" {
				item = 3
			}
			policy := defaultPolicy(t)
			if c.rule != "" {
				var err error
				policy, err = gate.ParsePolicy([]byte("rules:\n  - match: \"*\"\n    " + c.rule + "\n"))
				require.NoError(t, err)
			}
			got := gate.Judge(compare.Runs(base, altered(n, item, c.change), compare.Options{Resamples: 10}), policy)
			assert.Equal(t, c.want, got.Verdict, got.Headline())
			if name == "another picture" {
				assert.Contains(t, got.Headline(), "REGRESSION: a on d: 1 of 20000 image embeddings are more than 0.001 from BASE's, farthest 12345 by 0.2 (mean |a-b| of one; 10 times the limit of all; least cosine ")
			}
		})
	}
}
