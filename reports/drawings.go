package reports

import (
	"fmt"

	"github.com/fastclip/fastclip/internal/store"
)

// Drawing is a chart as a file.
type Drawing struct {
	Name string // of the file, "drift-ladder.svg"
	SVG  string
}

// Drawings are the charts that a Markdown report links to: SVG files that follow the light or dark mode of the
// reader's system.
func Drawings(res *store.Results, x Extras) ([]Drawing, error) {
	figures, err := drawings(show(res, x))
	if err != nil {
		return nil, fmt.Errorf("draw charts: %w", err)
	}
	var out []Drawing
	for _, f := range figures {
		out = append(out, Drawing{Name: f.Name + ".svg", SVG: f.Standalone()})
	}
	return out, nil
}

// drawings are the charts of the run as a whole.
func drawings(r shown) ([]figure, error) {
	out, err := overviewFigures(r.Report)
	if err != nil {
		return nil, err
	}
	times, err := latencies(r.Report)
	if err != nil {
		return nil, err
	}
	trends, _, err := trendsPart(r)
	return append(append(out, times...), trends.Figures...), err
}
