package reports

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/fastclip/fastclip/reports/facts"
	"github.com/fastclip/fastclip/reports/prose"
)

// standing is a variant's row at the top of the page.
type standing struct {
	Variant, State, Tone, Score, Image, Text, Why string
	Reference                                     bool
	Spark                                         template.HTML
}

// Size of the drawing in a row, in pixels, and the least range of points of 100 that it shows on either
// side.
const (
	sparkWidth  = 120
	sparkHeight = 16
	sparkLeast  = 1.0
	sparkMost   = 5.0 // values beyond stand at the edge, so that they do not squeeze the others
)

func standings(r facts.Report) []standing {
	all := facts.Standings(r)
	reach := sparkLeast
	for _, x := range all {
		if s := x.Drawn; s != nil {
			for _, v := range []facts.Number{s.DeltaLow, s.DeltaHigh} {
				if v.Known() {
					reach = min(max(reach, math.Abs(100*float64(v))), sparkMost)
				}
			}
		}
	}
	var out []standing
	for _, x := range all {
		out = append(out, standing{
			Variant: x.Variant, State: x.State, Tone: prose.Tone(x.State), Score: prose.Percent(x.Score), Image: prose.Times(x.Image), Text: prose.Times(x.Text),
			Why: prose.Why(x), Reference: x.IsReference, Spark: spark(x.Drawn, reach),
		})
	}
	return out
}

// spark draws a score's difference from the reference, with its interval. The middle means no difference.
func spark(s *facts.Score, reach float64) template.HTML {
	if s == nil || !s.Delta.Known() || !s.DeltaLow.Known() || !s.DeltaHigh.Known() {
		return ""
	}
	at := func(n facts.Number) float64 {
		return sparkWidth/2 + min(max(100*float64(n)/reach, -1), 1)*(sparkWidth/2-4)
	}
	tone := "var(--soft)"
	switch {
	case s.Real() && s.Delta < 0:
		tone = "var(--bad)"
	case s.Real():
		tone = "var(--good)"
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="spark" width="%d" height="%d" role="img" aria-label="%s points">`, sparkWidth, sparkHeight, prose.Points(s.Delta))
	fmt.Fprintf(&b, `<path d="M%d 0V%d" stroke="var(--soft)" stroke-dasharray="2 2"/>`, sparkWidth/2, sparkHeight)
	fmt.Fprintf(&b, `<path d="M%.1f %dH%.1f" stroke="%s" stroke-width="2"/>`, at(s.DeltaLow), sparkHeight/2, at(s.DeltaHigh), tone)
	fmt.Fprintf(&b, `<circle cx="%.1f" cy="%d" r="3" fill="%s"/></svg>`, at(s.Delta), sparkHeight/2, tone)
	return template.HTML(b.String())
}
