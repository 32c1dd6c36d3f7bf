package reports

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/reportstest"
)

func TestZeroShotSection(t *testing.T) {
	res := reportstest.Full()
	for i, v := range []string{"onnx/mini", "int8/mini"} {
		for k, metric := range []string{"acc@1", "acc@5", "mean_per_class_recall"} {
			value := 0.5 + 0.1*float64(k)
			s := store.Score{Dataset: "one", Variant: v, Direction: "i2t", Metric: metric, Value: value, CILow: value - 0.03, CIHigh: value + 0.03, NQueries: 500}
			if i > 0 {
				s.Delta, s.DeltaLow, s.DeltaHigh, s.PValue = new(-0.2), new(-0.25), new(-0.15), new(1e-9)
			}
			if res.Scores = append(res.Scores, s); i > 0 {
				s.Value -= 0.2
			}
			reportstest.AddQueries(res, s)
		}
	}
	text := render(t, "md", res)
	lines := tableOf(text, "## Zero-shot classification")
	assert.Contains(t, lines[0], "| one top 1 ")
	assert.Contains(t, lines[2], "| 50.0 ±3.0      | 60.0 ±3.0      | 70.0 ±3.0")
	assert.Contains(t, lines[3], "(-20.0 *)")
	assert.Contains(t, text, "int8/mini: i2t acc@1 on one falls by 20.0 points")
	assert.NotContains(t, render(t, "md", reportstest.Full()), "Zero-shot")
}
