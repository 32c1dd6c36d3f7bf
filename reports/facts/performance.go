package facts

import (
	"math"

	"github.com/fastclip/fastclip/internal/store"
)

func MostDrift(rows []store.Drift, variant, modality, stage, stat string) Number {
	most := Absent()
	for _, d := range driftRows(rows, variant, modality, stage, stat) {
		if !most.Known() || Number(d.Value) > most {
			most = Number(d.Value)
		}
	}
	return most
}

// Performance is a variant's row of the performance table.
type Performance struct {
	Identity
	Scores      []Cell `json:"scores"`           // one per column
	MeanAbs     Number `json:"image_mean_abs"`   // of the image embeddings, against those of the reference
	TextMeanAbs Number `json:"text_mean_abs"`    // of the text embeddings
	CosineMin   Number `json:"image_cosine_min"` // between an image's embedding and the reference's
	Top1Changed Number `json:"t2i_top1_changed"` // share of text queries with another best image
}

// Cell is a variant's score in a column. Over several datasets it is their mean. Its half width then
// treats the datasets as independent, and its p value is that of the pooled comparison.
type Cell struct {
	Column    string `json:"column"`
	Value     Number `json:"value"`
	HalfWidth Number `json:"half_width"` // of the 95 % interval
	Low       Number `json:"ci_low"`     // ends of the interval, which are not symmetric about a score near 0 or 1
	High      Number `json:"ci_high"`
	Delta     Number `json:"delta"` // value minus the reference's
	PHolm     Number `json:"p_holm"`
	Real      bool   `json:"real"` // the difference is shown: p_holm < 0.05
}

// scoreKey finds a score.
type scoreKey struct{ dataset, variant, direction, metric string }

func buildPerformance(res *store.Results, columns []Column, scores []Score) []Performance {
	by := map[scoreKey]Score{}
	for _, s := range scores {
		by[scoreKey{s.Dataset, s.Variant, s.Direction, s.Metric}] = s
	}
	rows := []Performance{}
	for _, v := range Identities(res) {
		row := Performance{Identity: v, MeanAbs: Absent(), TextMeanAbs: Absent(), CosineMin: Absent(), Top1Changed: Absent()}
		for _, c := range columns {
			row.Scores = append(row.Scores, newCell(c, v, by))
		}
		if v.Ok() {
			row.MeanAbs = WeightedDrift(res.Drift, v.Variant, "image", "embedding", "mean_abs")
			row.TextMeanAbs = WeightedDrift(res.Drift, v.Variant, "text", "embedding", "mean_abs")
			row.CosineMin = LeastDrift(res.Drift, v.Variant, "image", "embedding", "cosine_min")
			row.Top1Changed = WeightedDrift(res.Drift, v.Variant, "similarity", "rank", "top1_changed")
		}
		rows = append(rows, row)
	}
	return rows
}

// newCell has no value when the variant failed or lacks one of the column's datasets, because a mean over
// fewer datasets is another number.
func newCell(c Column, v Identity, by map[scoreKey]Score) Cell {
	none := Cell{Column: c.Key, Value: Absent(), HalfWidth: Absent(), Low: Absent(), High: Absent(), Delta: Absent(), PHolm: Absent()}
	if !v.Ok() || len(c.Datasets) == 0 {
		return none
	}
	if c.Direction == All {
		return overAll(c, v, by, none)
	}
	out, n := Cell{Column: c.Key, PHolm: Absent()}, Number(len(c.Datasets))
	for _, d := range c.Datasets {
		s, ok := by[scoreKey{d, v.Variant, c.Direction, c.Metric}]
		if !ok {
			return none
		}
		half, below, above := (s.CIHigh-s.CILow)/2, s.Value-s.CILow, s.CIHigh-s.Value
		out.Value += s.Value / n
		out.Delta += s.Delta / n
		out.HalfWidth += half * half / (n * n)
		out.Low += below * below / (n * n)
		out.High += above * above / (n * n)
		if s.PHolm.Known() && (!out.PHolm.Known() || s.PHolm < out.PHolm) {
			out.PHolm = s.PHolm
		}
	}
	root := func(squares Number) Number { return Number(math.Sqrt(float64(squares))) }
	out.HalfWidth, out.Low, out.High = root(out.HalfWidth), out.Value-root(out.Low), out.Value+root(out.High)
	if s, ok := by[scoreKey{Pooled, v.Variant, c.Direction, c.Metric}]; ok && len(c.Datasets) > 1 {
		out.PHolm = s.PHolm
	}
	out.Real = out.PHolm < Level
	return out
}

// overAll is the mean over all searches. The reference is compared with nothing, so its mean has no
// interval.
func overAll(c Column, v Identity, by map[scoreKey]Score, none Cell) Cell {
	if s, ok := by[scoreKey{Pooled, v.Variant, All, c.Metric}]; ok {
		none.Value, none.Delta, none.PHolm = s.Value, s.Delta, s.PHolm
		none.Real = s.Real()
		return none
	}
	sum, n := Number(0), Number(0)
	for _, d := range c.Datasets {
		for _, direction := range directions {
			if s, ok := by[scoreKey{d, v.Variant, direction, c.Metric}]; ok {
				sum, n = sum+s.Value, n+1
			}
		}
	}
	none.Value = sum / n
	return none
}

// driftRows are a variant's rows of a statistic, one per dataset.
func driftRows(rows []store.Drift, variant, modality, stage, stat string) []store.Drift {
	var out []store.Drift
	for _, d := range rows {
		if d.Variant == variant && d.Modality == modality && d.Stage == stage && d.Stat == stat {
			out = append(out, d)
		}
	}
	return out
}

// WeightedDrift is the mean over datasets, weighted by the number of compared values.
func WeightedDrift(rows []store.Drift, variant, modality, stage, stat string) Number {
	var sum, n float64
	for _, d := range driftRows(rows, variant, modality, stage, stat) {
		sum += d.Value * d.Weight()
		n += d.Weight()
	}
	return Number(sum / n) // 0/0 is absent: nothing was compared
}

func LeastDrift(rows []store.Drift, variant, modality, stage, stat string) Number {
	least := math.Inf(1) // stays infinite, and so absent, when there is no row
	for _, d := range driftRows(rows, variant, modality, stage, stat) {
		least = math.Min(least, d.Value)
	}
	return Number(least)
}
