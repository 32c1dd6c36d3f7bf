package gate

import "github.com/fastclip/fastclip/internal/strictyaml"

// Schema is the JSON Schema of policy files, for editors.
func Schema() ([]byte, error) {
	limit := func(doc string) strictyaml.Rule { return strictyaml.AtLeast(0, doc) }
	return strictyaml.Schema(&Policy{}, "a policy of fastclip's gate", map[string]strictyaml.Rule{
		"Policy":       {Required: []string{"rules"}},
		"Policy.alpha": strictyaml.Between(0, 1, "The level of the tests, which are two-sided."),
		"Policy.rules": {Doc: "The first rule whose match fits a variant's name judges it.", MinItems: 1},

		"Rule":             {Required: []string{"match"}},
		"Rule.match":       {Doc: "A variant's name: * is any text, ? any character.", Examples: []string{"*"}},
		"Rule.drift":       {Doc: "Limits of how far embeddings may be from BASE's."},
		"Rule.score":       {Doc: "Limits of how many points of 100 a metric may lose."},
		"Rule.slowdown":    {Doc: "Limits of how many per cent longer an item may take."},
		"Rule.skip":        {Doc: "Checks that are not made.", Enum: checks},
		"Rule.other_class": {Doc: "Whether integer variants are judged when HEAD ran on another class of processors.", Enum: []string{ClassRefuse, ClassAllow, ""}},

		"Rule.history_steps": {Doc: "With gate --history: whether a level that became worse since the baseline is a note or a regression.", Enum: []string{StepsNote, StepsFail, ""}},
		"Rule.faults":        {Doc: "Whether a variant may have zero vectors, constant outputs and other faults.", Enum: []string{FaultsAllow, FaultsRefuse, ""}},

		"Drift.mean_abs":           limit("The largest mean |a-b| of raw embeddings from BASE's."),
		"Drift.floor_factor":       limit("In place of mean_abs: so many times the noise floor that HEAD measured."),
		"Drift.may_change_percent": limit("In place of mean_abs: of how many queries the drift could have changed the outcome; 0 is provably none."),
		"Drift.row_factor":         limit("How many times the limit of the mean one item may move."),
		"Drift.reference_factor":   limit("How many times BASE's the drift from the run's own reference may be."),
		"Drift.reference_floor":    limit("Below which that drift is not judged."),
		"Drift.scale":              {Doc: "Whether embeddings that are BASE's in other lengths are judged.", Enum: []string{ScaleJudge, ScaleAllow, ""}},

		"Score.points":        limit("In one search, when the loss is significant."),
		"Score.pooled_points": limit("In the mean over all searches of a variant."),
		"Score.metrics":       {Doc: "The metrics that are judged.", Examples: []string{"R@1", "nDCG@10"}, MinItems: 1},
		"Score.directions":    {Doc: "The directions that are judged.", Enum: directions, MinItems: 1},

		"Slowdown.percent":             limit("All phases of an image, or of a text, when that is significant."),
		"Slowdown.unconfirmed_percent": limit("The limit as long as nothing was run again (gate --confirm)."),
		"Slowdown.machine_percent":     limit("A slowdown of all variants alike by more says that speed could not be measured."),
		"Slowdown.history_percent":     limit("Beside the nights before, with gate --history."),
	})
}
