package prose

import (
	"fmt"

	"github.com/fastclip/fastclip/reports/facts"
)

// scoreText is the sentence of a finding about scores or speed. ok is false for any other finding.
func scoreText(detail any) (text string, ok bool) {
	switch d := detail.(type) {
	case facts.ScoreChange:
		text := Change(d.Score)
		if d.More > 0 {
			text += fmt.Sprintf(" (and %d more)", d.More)
		}
		return text, true
	case facts.NoScoreChange:
		return fmt.Sprintf("no score change beyond noise (tested over all its searches: p %.2g of %d tests, 5 %%)%s", float64(d.Least), d.Tests, nearest(d.Nearest)), true
	case facts.CoarseTest:
		return fmt.Sprintf("%s moved by %s points over all searches, which its queries cannot show: they ask for too few different things (p %.2g of %d tests); take more queries, or compare fewer variants",
			d.Metric, Points(d.Delta), float64(d.PHolm), d.Comparisons), true
	case facts.TieSpan:
		return fmt.Sprintf("%s %s on %s can be anything from %s to %s, depending on the order of equal similarities",
			d.Direction, d.Metric, d.Dataset, Percent(d.TieLow), Percent(d.TieHigh)), true
	case facts.CoarseSpeed:
		return "speed: too few rounds for so many variants: no difference can be shown; raise timing.rounds in the suite", true
	}
	return "", false
}

// ChangeText describes a real difference of a variant in words.
func ChangeText(s facts.Score) string { return s.Variant + ": " + Change(s) }

// Change is ChangeText without the variant's name.
func Change(s facts.Score) string {
	verb, delta, low, high := "rises", s.Delta, s.DeltaLow, s.DeltaHigh
	if delta < 0 {
		verb, delta, low, high = "falls", -delta, -high, -low
	}
	return fmt.Sprintf("%s %s by %s points [%s, %s]", where(s), verb, Percent(delta), Percent(low), Percent(high))
}

// where says which score it is about.
func where(s facts.Score) string {
	if s.Direction == facts.All {
		return s.Metric + " over all searches"
	}
	return fmt.Sprintf("%s %s on %s", s.Direction, s.Metric, s.Dataset)
}

// nearest describes the difference that would need the fewest queries to show, if there is one.
func nearest(s *facts.Score) string {
	if s == nil {
		return ""
	}
	return fmt.Sprintf("; the nearest to one, %s by %s points, would take about %s queries to show (has %d)",
		where(*s), Points(s.Delta), rounded(float64(s.Needed)), s.Queries)
}
