package prose

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
	"github.com/fastclip/fastclip/reports/facts"
)

// rounding is the drift of an embedding, as a share of its size, that a mere change in the order of
// additions causes.
const rounding = 1e-5

// LayersLine names in one line the first block at which drift jumps, for each tower that has one.
func LayersLine(l store.Layers) string {
	var jumps, others []string
	for _, t := range l.Towers {
		if line := towerLine(t); t.Jump != nil {
			jumps = append(jumps, line)
		} else {
			others = append(others, line)
		}
	}
	return strings.Join(slices.Concat(jumps, others), ". ") + "."
}

func towerLine(t store.LayerTower) string {
	name := t.Tower + " tower: "
	switch {
	case t.Refused != "":
		return name + "not compared: " + t.Refused
	case t.Jump == nil && float64(t.Drift) < rounding:
		return fmt.Sprintf("%sno block stands out: no drift beyond rounding (%s of the embedding)", name, share(t.Drift))
	case t.Jump == nil:
		most := slices.MaxFunc(t.Blocks, func(a, b store.LayerBlock) int {
			return int(math.Copysign(1, float64(a.OwnShare-b.OwnShare)))
		})
		return fmt.Sprintf("%sno block stands out: the drift (%s of the embedding) looks like precision (%s); the largest own part is that of %s, %s of the final drift",
			name, share(t.Drift), t.Precision, most.Block, share(most.OwnShare))
	}
	j := t.Jump
	at := j.Block
	if j.Operator != "" {
		at += " (" + j.Operator + ")"
	}
	own := share(j.OwnShare) + " of the final drift"
	if math.IsInf(float64(j.OwnShare), 0) {
		own = "no number"
	}
	line := fmt.Sprintf("%sdrift jumps first at %s; its own part is %s; it looks like %s", name, at, own, j.Looks)
	if j.Why != "" {
		line += ": " + j.Why
	}
	if n := len(j.Others); n > 0 {
		line += "; it jumps at " + strings.Join(j.Others[:min(n, 3)], ", ")
		if n > 3 {
			line += fmt.Sprintf(" and %d more", n-3)
		}
		line += " too"
	}
	return line
}

// share is a share, in percent where that is readable.
func share(n store.LayerNumber) string {
	v := float64(n)
	switch {
	case math.IsInf(v, 0) || math.IsNaN(v):
		return "infinite"
	case v != 0 && v < 0.001:
		return Scientific(facts.Number(v))
	case v < 0.1:
		return fmt.Sprintf("%.2g %%", 100*v)
	}
	return fmt.Sprintf("%.0f %%", 100*v)
}

func shareCell(n store.LayerNumber) Cell { return Cell{share(n), facts.Number(n)} }

// LayerSections has a table of the blocks for each tower.
func LayerSections(l store.Layers) []Section {
	var out []Section
	for _, t := range l.Towers {
		s := Section{Title: "Blocks of the " + t.Tower + " tower", Header: []string{"block", "precision", "drift after it", "of the final drift", "own part", "own part of the final drift", "what its files say"}}
		if t.Refused != "" {
			s.Rows = append(s.Rows, row{Cells: texts("all"), Instead: "not compared: " + t.Refused})
			out = append(out, s)
			continue
		}
		for _, b := range t.Blocks {
			name := b.Block
			if b.Operator != "" {
				name += " (" + b.Operator + ")"
			}
			tone := ""
			if t.Jump != nil && t.Jump.Block == b.Block {
				tone = "bad"
			}
			evidence := b.Evidence
			if evidence == "" {
				evidence = NoNumber
			}
			s.Rows = append(s.Rows, row{Cells: []Cell{text(name), text(b.Precision), shareCell(b.Drift), shareCell(b.DriftShare), shareCell(b.Own), shareCell(b.OwnShare), text(evidence)}, Tones: []string{tone, "", "", "", tone, tone, tone}})
		}
		m, picks := t.Matched, map[string]int{}
		for _, i := range l.Items {
			if i.Modality == t.Tower {
				picks[i.Pick]++
			}
		}
		var items []string
		for _, p := range []string{"worst", "middle", "first"} {
			if picks[p] > 0 {
				items = append(items, fmt.Sprintf("%d %s", picks[p], p))
			}
		}
		if line := partsLine(t); line != "" {
			s.Notes = append(s.Notes, line)
		}
		s.Notes = append(s.Notes,
			"Drift after a block and own part are mean absolute differences, as a share of the mean size of the tensor after it. Own part: the variant's block on the reference's input. Own part of the final drift: what the embedding drifts when this block alone is the variant's.",
			fmt.Sprintf("%d of %d tensors matched: %d by name, %d by initialisers, %d by place. Items: %s. Both towers got what the reference prepares.",
				m.Name+m.Initialisers+m.Place, m.Of, m.Name, m.Initialisers, m.Place, strings.Join(items, ", ")))
		out = append(out, s)
	}
	return out
}

// partsLine compares what the blocks do alone with what they do together.
func partsLine(t store.LayerTower) string {
	var parts []float64
	for _, b := range t.Blocks {
		if math.IsInf(float64(b.OwnShare), 0) {
			return ""
		}
		parts = append(parts, float64(b.OwnShare))
	}
	if !(float64(t.Drift) > rounding) || math.IsInf(float64(t.Drift), 0) {
		return ""
	}
	p := stats.PartsOf(parts)
	return fmt.Sprintf("Single blocks beside the whole: the sum of their own parts is %s of the final drift, the root of the sum of their squares %s: %s.",
		share(store.LayerNumber(p.Sum)), share(store.LayerNumber(p.Root)), p.Words(1))
}

// LayersDocument shows the layers of a variant about which nothing else is known.
func LayersDocument(l store.Layers, reason string) Document {
	return Document{Lead: LayersLine(l), Title: fmt.Sprintf("%s against %s", l.Variant, l.Reference), Facts: []Fact{{"not explained further", reason}}, Sections: LayerSections(l)}
}
