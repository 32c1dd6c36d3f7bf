package prose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// fewQueries is below how many a score tells next to nothing: its interval is over 25 points wide.
const fewQueries = 30

// certainScores names scores that are 100 % whatever a model does, as there are no more than K to find
// among, and scores of a handful of queries.
func certainScores(res *store.Results, _ facts.Report) []Finding {
	var out []Finding
	for _, d := range res.Datasets {
		var certain, few []string
		for _, s := range res.Scores {
			if s.Dataset != d.Dataset {
				continue
			}
			if k, ok := recallAt(s.Metric); ok && k >= candidates(d, s.Direction) {
				certain = append(certain, s.Metric+" "+s.Direction)
			}
			if s.NQueries < fewQueries {
				few = append(few, fmt.Sprintf("%s %d", s.Direction, s.NQueries))
			}
		}
		if certain = distinct(certain); len(certain) > 0 {
			out = append(out, Finding{Kind: "certain_scores", Dataset: d.Dataset, Text: fmt.Sprintf(
				"%s: %s is 100 %% by construction: the dataset has no more candidates than that (%d pictures, %d texts)", d.Dataset, strings.Join(certain, ", "), d.Images, d.Texts)})
		}
		if few = distinct(few); len(few) > 0 {
			out = append(out, Finding{Kind: "few_queries", Dataset: d.Dataset, Text: fmt.Sprintf(
				"%s: it has few queries (%s), so the intervals of its scores are wide and only large differences show", d.Dataset, strings.Join(few, ", "))})
		}
	}
	return out
}

// recallAt is K of R@K.
func recallAt(metric string) (int, bool) {
	text, ok := strings.CutPrefix(metric, "R@")
	k, err := strconv.Atoi(text)
	return k, ok && err == nil
}

// candidates is how many a query of a direction can find; unlimited where that is not known.
func candidates(d store.Dataset, direction string) int {
	switch direction {
	case store.TextToImage:
		return int(d.Images)
	case store.ImageToText:
		return int(d.Texts)
	case store.ImageToImage:
		return int(d.Images) - 1 // the query itself is left out
	}
	return 1 << 62
}

func distinct(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
