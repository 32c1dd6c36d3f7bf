package gate

import "github.com/fastclip/fastclip/internal/strictyaml"

// Schema is the JSON Schema of policy files, for editors.
func Schema() ([]byte, error) {
	limit := func(doc string) strictyaml.Rule { return strictyaml.AtLeast(0, doc) }
	return strictyaml.Schema(&Policy{}, "a policy of fastclip's gate", map[string]strictyaml.Rule{
		"Policy":       {Required: []string{"rules"}},
		"Policy.alpha": strictyaml.Between(0, 1, "The significance level of the tests, which are two-sided."),
		"Policy.rules": {Doc: "The first rule whose match fits a variant's name judges it.", MinItems: 1},

		"Rule":             {Required: []string{"match"}},
		"Rule.match":       {Doc: "A pattern for names of variants: * matches any text, ? any character.", Examples: []string{"*"}},
		"Rule.drift":       {Doc: "Limits for the distance of embeddings from BASE's."},
		"Rule.score":       {Doc: "Limits for the loss of a metric, in points of 100."},
		"Rule.slowdown":    {Doc: "Limits for how many per cent longer an item may take."},
		"Rule.skip":        {Doc: "Checks to leave out.", Enum: checks},
		"Rule.other_class": {Doc: "Whether integer variants are judged when HEAD ran on another class of processors.", Enum: []string{ClassRefuse, ClassAllow, ""}},

		"Rule.history_steps": {Doc: "With gate --history: whether a level that became worse since the baseline is a note or a regression.", Enum: []string{StepsNote, StepsFail, ""}},
		"Rule.faults":        {Doc: "Whether a variant may have zero vectors, constant outputs and other faults.", Enum: []string{FaultsAllow, FaultsRefuse, ""}},

		"Drift.mean_abs":           limit("The largest mean |a-b| of raw embeddings from BASE's."),
		"Drift.floor_factor":       limit("Replaces mean_abs: the limit is this many times the noise floor that HEAD measured."),
		"Drift.may_change_percent": limit("Replaces mean_abs: the largest percentage of queries whose outcome the drift could have changed. 0: provably none."),
		"Drift.row_factor":         limit("The limit for a single item, as a multiple of the limit for the mean."),
		"Drift.reference_factor":   limit("The limit for the drift from the run's own reference, as a multiple of BASE's."),
		"Drift.reference_floor":    limit("Drift from the reference below this is not judged."),
		"Drift.scale":              {Doc: "Whether embeddings that differ from BASE's only in length are judged.", Enum: []string{ScaleJudge, ScaleAllow, ""}},

		"Score.points":        limit("Largest loss in one search, if the loss is significant."),
		"Score.pooled_points": limit("Largest loss in the mean over all searches of a variant."),
		"Score.metrics":       {Doc: "The metrics that are judged.", Examples: []string{"R@1", "nDCG@10"}, MinItems: 1},
		"Score.directions":    {Doc: "The directions that are judged.", Enum: directions, MinItems: 1},

		"Slowdown.percent":             limit("Largest slowdown of all phases of an image or of a text together, if it is significant."),
		"Slowdown.unconfirmed_percent": limit("The limit unless timings were run again (gate --confirm)."),
		"Slowdown.machine_percent":     limit("If all variants became slower by more than this, speed could not be measured."),
		"Slowdown.history_percent":     limit("Largest slowdown relative to earlier nights (gate --history)."),
	})
}
