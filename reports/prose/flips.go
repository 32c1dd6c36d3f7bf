package prose

import (
	"cmp"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
	"github.com/fastclip/fastclip/reports/why"
)

// mostShown is how many queries and pictures a list shows.
const mostShown = 10

// flipSections list the changed text queries and the pictures that moved most.
func flipSections(f *store.Folder, res *store.Results, own, ref string) ([]Section, error) {
	counts := Section{
		Title: "Text queries whose best picture changed", Header: []string{"dataset", "queries", "changed", "near ties", "hits lost", "hits won"},
		Notes: []string{"A change is a near tie if the reference prefers its own best picture by less than the query's similarities drift on average. Any other change is real."},
	}
	worst := Section{Title: "The clearest changes", Header: []string{"query", "best by the reference", "best now", "gap", "drift of its similarities"}}
	moved := Section{Title: "Pictures that moved most", Header: []string{"picture", "cosine to the reference's"}}
	var all []why.BestChange
	var pictures []why.MovedPicture
	for _, d := range res.Datasets {
		e, err := why.LoadPair(f, d.Dataset, own, ref)
		if err != nil {
			return nil, err
		}
		flips, queries := e.Flips(res, d.Dataset, own, ref)
		var near, lost, won int
		for _, x := range flips {
			near, lost, won = near+why.Count(x.Gap < x.Drift), lost+why.Count(x.Hit && !x.Hits), won+why.Count(!x.Hit && x.Hits)
		}
		counts.Rows = append(counts.Rows, row{Cells: []Cell{text(d.Dataset), count(queries), count(len(flips)), count(near), count(lost), count(won)}})
		all, pictures = append(all, flips...), append(pictures, e.Moved()...)
	}
	slices.SortStableFunc(all, func(a, b why.BestChange) int { return cmp.Compare(b.Gap, a.Gap) })
	for _, x := range all[:min(mostShown, len(all))] {
		worst.Rows = append(worst.Rows, row{Cells: []Cell{text(x.Query), text(x.Before + mark(x.Hit)), text(x.After + mark(x.Hits)), number(facts.Number(x.Gap), Scientific), number(facts.Number(x.Drift), Scientific)}})
	}
	slices.SortStableFunc(pictures, func(a, b why.MovedPicture) int { return cmp.Compare(a.Cosine, b.Cosine) })
	for _, p := range pictures[:min(mostShown, len(pictures))] {
		if p.Cosine < 1-1e-6 {
			moved.Rows = append(moved.Rows, row{Cells: []Cell{text(p.Id), number(facts.Number(p.Cosine), Cosine)}})
		}
	}
	return []Section{counts, worst, moved}, nil
}

func mark(hit bool) string {
	if hit {
		return " (right)"
	}
	return ""
}
