package prose

import (
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/reports/facts"
)

// PlacesSection lists the variants whose runtimes report where they ran. It is false when there are none.
func PlacesSection(places []facts.Place) (Section, bool) {
	s := Section{Title: "Where it ran", Header: []string{"variant", "runtime", "provider asked for", "image tower ran on", "text tower ran on"}}
	for _, p := range places {
		if len(p.Image)+len(p.Text) == 0 {
			continue
		}
		s.Rows = append(s.Rows, row{Reference: p.IsReference, Cells: texts(
			variantName(p.Identity), strings.TrimSpace(p.Runtime+" "+p.Version), p.Provider, providersText(p.Image), providersText(p.Text),
		)})
	}
	s.Notes = []string{"The runtime's own profile counts the model's nodes and their time, in a few extra runs that are not timed. " +
		"A variant fails if most of it ran on another provider than the one asked for."}
	return s, len(s.Rows) > 0
}

func providersText(all []facts.ProviderOf) string {
	var parts []string
	for _, p := range all {
		parts = append(parts, fmt.Sprintf("%s: %d nodes (%s), %s of time", p.Provider, p.Nodes, WithPercent(p.NodeShare), WithPercent(p.TimeShare)))
	}
	if len(parts) == 0 {
		return NoNumber
	}
	return strings.Join(parts, "; ")
}
