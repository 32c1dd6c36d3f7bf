package reports

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"

	"github.com/fastclip/fastclip/internal/sheet"
	"github.com/fastclip/fastclip/reports/facts"
)

// writeCSV prints scores, drift at every checkpoint and the times of every phase. It writes one row per
// variant, with raw numbers. A cell without a number is empty.
func writeCSV(w io.Writer, r shown) error {
	out := csv.NewWriter(w)
	header := []string{"variant", "is_reference", "status", "reason", "metric"}
	for _, c := range r.Columns {
		header = append(header, c.Key, c.Key+"_half_width", c.Key+"_delta", c.Key+"_p_holm")
	}
	header = append(header, "image_mean_abs", "image_cosine_min", "t2i_top1_changed")
	for _, g := range facts.Rungs() {
		header = append(header, g.Modality+"_"+g.Stage+"_mean_abs")
	}
	for _, t := range facts.Modalities() {
		for _, p := range append(t.Phases, "total") {
			header = append(header, t.Modality+"_"+p+"_ms")
		}
		header = append(header, t.Modality+"_vs_reference", t.Modality+"_vs_reference_p_holm")
	}
	rows := [][]string{header}
	for _, p := range r.Performance {
		row := []string{sheet.Text(p.Variant), strconv.FormatBool(p.IsReference), p.Status, sheet.Text(p.Reason), r.Metric}
		for _, c := range p.Scores {
			row = append(row, raw(c.Value), raw(c.HalfWidth), raw(c.Delta), raw(c.PHolm))
		}
		row = append(row, raw(p.MeanAbs), raw(p.CosineMin), raw(p.Top1Changed))
		for _, g := range facts.Rungs() {
			row = append(row, raw(r.DriftOf(p.Variant, g)))
		}
		for _, t := range facts.Modalities() {
			row = append(row, timeCells(speedOf(r.Report, t, p.Variant))...)
		}
		rows = append(rows, row)
	}
	return out.WriteAll(rows)
}

// speedOf is a variant's row for the known phases of a modality. If the variant was not timed, the row has
// no numbers.
func speedOf(r facts.Report, t facts.SpeedTable, variant string) facts.SpeedRow {
	for _, own := range r.Speed {
		if own.Modality != t.Modality {
			continue
		}
		for _, row := range own.Rows {
			if row.Variant == variant {
				row.Phases = row.Phases[:len(t.Phases)] // the known phases come first
				return row
			}
		}
	}
	return facts.NewSpeedRow(facts.Identity{}, t.Phases, t.Phases, nil, facts.Series{})
}

func timeCells(row facts.SpeedRow) []string {
	var out []string
	for _, p := range append(slices.Clone(row.Phases), row.Total) {
		out = append(out, raw(p.Median))
	}
	return append(out, raw(row.VsReference), raw(row.PHolm))
}

func raw(n facts.Number) string {
	if !n.Known() {
		return ""
	}
	return strconv.FormatFloat(float64(n), 'g', -1, 64)
}
