package reports

import (
	"encoding/csv"
	"io"
	"strconv"
)

// writeCSV prints the performance table with raw numbers; a cell without one is empty.
func writeCSV(w io.Writer, r report) error {
	out := csv.NewWriter(w)
	header := []string{"variant", "is_reference", "status", "reason", "metric"}
	for _, c := range r.Columns {
		header = append(header, c.Key, c.Key+"_half_width", c.Key+"_delta", c.Key+"_p_holm")
	}
	rows := [][]string{append(header, "image_mean_abs", "image_cosine_min", "t2i_top1_changed")}
	for _, p := range r.Performance {
		row := []string{p.Variant, strconv.FormatBool(p.IsReference), p.Status, p.Reason, r.Metric}
		for _, c := range p.Scores {
			row = append(row, raw(c.Value), raw(c.HalfWidth), raw(c.Delta), raw(c.PHolm))
		}
		rows = append(rows, append(row, raw(p.MeanAbs), raw(p.CosineMin), raw(p.Top1Changed)))
	}
	return out.WriteAll(rows)
}

func raw(n number) string {
	if !n.known() {
		return ""
	}
	return strconv.FormatFloat(float64(n), 'g', -1, 64)
}
