package reports

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/fastclip/fastclip/internal/sheet"
	"github.com/fastclip/fastclip/reports/facts"
)

// writeScores writes every score with its interval, ties and test, one per line.
func writeScores(w io.Writer, r shown) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{
		"dataset", "direction", "metric", "variant", "n_queries", "value", "ci_low", "ci_high", "tie_low", "tie_high",
		"delta", "delta_low", "delta_high", "effect", "p_value", "p_holm", "comparisons", "queries_needed", "convention",
	}); err != nil {
		return err
	}
	for _, s := range r.Scores {
		line := append(sheet.Texts(s.Dataset, s.Direction, s.Metric, s.Variant), strconv.FormatInt(s.Queries, 10))
		for _, n := range []facts.Number{s.Value, s.CILow, s.CIHigh, s.TieLow, s.TieHigh, s.Delta, s.DeltaLow, s.DeltaHigh, s.Effect, s.PValue, s.PHolm} {
			line = append(line, raw(n))
		}
		line = append(line, strconv.Itoa(s.Comparisons), raw(s.Needed), sheet.Text(s.Convention))
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
