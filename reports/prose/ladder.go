package prose

import (
	"fmt"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports/facts"
)

// LadderSection shows the drift at each checkpoint, over all datasets.
func LadderSection(res *store.Results, variant string) Section {
	s := Section{
		Title: "Drift by checkpoint", Header: []string{"checkpoint", "mean abs diff", "largest", "p99", "cosine min", "cosine mean"},
		Notes: []string{"Checkpoints are in the order in which a picture and a text pass them. Means are over all datasets; largest and min are the extremes over all datasets."},
	}
	for _, at := range [][2]string{
		{"image", "decode"}, {"image", "resize"}, {"image", "normalise"}, {"image", "embedding"}, {"image", "unit"},
		{"text", "embedding"}, {"text", "unit"}, {"similarity", "similarity"},
	} {
		mean := facts.WeightedDrift(res.Drift, variant, at[0], at[1], "mean_abs")
		if !mean.Known() {
			if why := notCompared(res.Drift, variant, at[0], at[1]); why != "" {
				s.Rows = append(s.Rows, row{Cells: texts(at[0]+" "+at[1], why, NoNumber, NoNumber, NoNumber, NoNumber)})
			}
			continue
		}
		s.Rows = append(s.Rows, row{Cells: []Cell{
			text(at[0] + " " + at[1]), number(mean, Scientific), number(facts.MostDrift(res.Drift, variant, at[0], at[1], "max_abs"), Scientific),
			number(facts.MostDrift(res.Drift, variant, at[0], at[1], "p99_abs"), Scientific), number(facts.LeastDrift(res.Drift, variant, at[0], at[1], "cosine_min"), Cosine),
			number(facts.WeightedDrift(res.Drift, variant, at[0], at[1], "cosine_mean"), Cosine),
		}})
	}
	if certain := facts.WeightedDrift(res.Drift, variant, "similarity", "rank", "certain"); certain.Known() {
		s.Notes = append(s.Notes, fmt.Sprintf("This much drift cannot have changed the hit or miss of %s %% of the text queries; %s %% have another best picture.",
			Percent(certain), Percent(facts.WeightedDrift(res.Drift, variant, "similarity", "rank", "top1_changed"))))
	}
	return s
}

// SwapSection shows the reference with one stage at a time taken from the variant.
func SwapSection(res *store.Results, variant string) Section {
	s := Section{
		Title: "One stage at a time", Header: []string{"stage", "mean abs diff alone", "share", "left without it", "what it is"},
		Notes: []string{"Alone: the drift of the reference with that stage taken from the variant. Left without it: the drift of the variant with that stage taken from the reference. Both are measured at the image embedding, over all pictures."},
	}
	least := facts.Number(1)
	sum := facts.Number(0)
	for _, stage := range facts.Swaps(res.Drift, variant) {
		sum += facts.WeightedDrift(res.Drift, variant, "image", store.SwapPrefix+stage, "mean_abs")
	}
	for _, stage := range facts.Swaps(res.Drift, variant) {
		d := facts.WeightedDrift(res.Drift, variant, "image", store.SwapPrefix+stage, "mean_abs")
		share := text(NoNumber)
		if sum > 0 {
			share = Cell{fmt.Sprintf("%.0f %%", 100*d/sum), d / sum}
		}
		left := facts.WeightedDrift(res.Drift, variant, "image", store.KeepPrefix+stage, "mean_abs")
		alone := Scientific(d)
		if m, ok := facts.SampledDrift(res.Drift, variant, "image", store.SwapPrefix+stage); ok {
			alone += " ± " + Scientific(m.Margin)
			least = min(least, m.Share)
		}
		s.Rows = append(s.Rows, row{Cells: []Cell{text(stage), {alone, d}, share, number(left, Scientific), text(CauseOf(res, variant, stage))}})
	}
	if least < 1 {
		s.Notes = append(s.Notes, fmt.Sprintf("Numbers with ± are of a sample of the pictures (%s %% of them or more), with its interval of 95 %%; it was made larger until the intervals were narrow.", Percent(least)))
	}
	if len(s.Rows) > 0 {
		all := facts.WeightedDrift(res.Drift, variant, "image", store.SwapPrefix+"all", "mean_abs")
		s.Rows = append(s.Rows, row{Cells: []Cell{text("all"), number(all, Scientific), text(NoNumber), number(0, Scientific), text("the variant itself")}})
		if facts.Interact(sum, all) {
			s.Notes = append(s.Notes, "The stages interact: their separate effects do not add up to their joint effect, so the shares do not split it.")
		}
	}
	return s
}

// notCompared is the reason why a checkpoint has no differences, when a row gives one.
func notCompared(rows []store.Drift, variant, modality, stage string) string {
	if stage == "unit" {
		stage = "embedding" // unit vectors have the shape of the embedding
	}
	switch {
	case facts.WeightedDrift(rows, variant, modality, stage, "other_size") == 1:
		return "not compared: another size"
	case facts.WeightedDrift(rows, variant, modality, stage, "other_shape") == 1:
		return "not compared: another shape"
	}
	return ""
}
