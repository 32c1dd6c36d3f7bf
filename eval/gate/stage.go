package gate

import (
	"math"
	"strings"

	"github.com/fastclip/fastclip/eval/compare"
)

// notable is the share of the largest change that makes a stage's own change worth naming.
const notable = 0.1

// change is by how much one stage's number is another.
type change struct {
	stage string
	by    float64
}

// first is the first stage whose change is no mere side effect, in the pipeline's order.
func first(changes []change) string {
	largest := largestOf(changes)
	for _, c := range changes {
		if largest > 0 && c.by >= notable*largest {
			return c.stage
		}
	}
	return ""
}

func largestOf(changes []change) (most float64) {
	for _, c := range changes {
		most = max(most, c.by)
	}
	return most
}

// driftStage is the first stage of a variant that went wrong on a dataset: by the swap of one
// stage that is another in HEAD, else by the checkpoint that moved, else by what the environments say.
func (j *judge) driftStage(variant, dataset, modality string) string {
	cause := j.cause(variant, modality)
	var swaps, checkpoints []change
	for _, s := range j.cmp.Ladder {
		if s.Variant != variant || s.Dataset != dataset || s.Modality != modality || s.Stat != "mean_abs" {
			continue
		}
		stage, isSwap := strings.CutPrefix(s.Stage, "swap:")
		switch {
		case isSwap && stage != "all":
			swaps = append(swaps, change{stage, moved(s)})
		case !isSwap:
			checkpoints = append(checkpoints, change{s.Stage, moved(s)})
		}
	}
	stage := ""
	if largestOf(swaps) >= notable*j.driftOf(variant, dataset, modality) {
		stage = first(swaps)
	}
	if stage == "" {
		stage = firstMoved(checkpoints)
	}
	switch {
	case stage == "" || stage == "embedding" && cause != "":
		// Every number from the reference stands: the variant moved with it, or is it.
		if cause != "" {
			return cause
		}
		return modality + " embedding"
	case cause != "" && cause != stage:
		return stage + " (" + cause + ")"
	}
	return stage
}

// firstMoved is the first checkpoint that moved at all: units differ between checkpoints.
func firstMoved(changes []change) string {
	for _, c := range changes {
		if c.by > 1e-6 {
			return c.stage
		}
	}
	return ""
}

// moved is how far a step is from BASE's, up or down. An absent row is 0: no swap, no difference.
func moved(s compare.Step) float64 {
	var base, head float64
	if s.Base != nil {
		base = *s.Base
	}
	if s.Head != nil {
		head = *s.Head
	}
	return math.Abs(head - base)
}

// cause is the first thing in the pipeline's order that the environments say differs.
func (j *judge) cause(variant, modality string) string {
	order := []string{"decoder", "preprocess", "preprocess key", "image model sha256"}
	if modality == "text" {
		order = []string{"tokenizer", "trim", "text model sha256"}
	}
	for _, name := range append(order, "runtime", "runtime version", "provider", "precision", "batch", "threads") {
		for _, d := range j.cmp.Environment {
			if d.Of == variant && d.Name == name {
				return name + " changed"
			}
		}
	}
	return ""
}

// scoreStage is the stage of the modality that drifted, or the search itself.
func (j *judge) scoreStage(variant, dataset string) string {
	for _, d := range j.cmp.Drift {
		if d.Variant == variant && d.Dataset == dataset && d.MeanAbs > 0 && d.MeanAbs >= notable*j.largest(variant, dataset) {
			return j.driftStage(variant, dataset, d.Modality)
		}
	}
	return "rank (the embeddings are BASE's)"
}

func (j *judge) driftOf(variant, dataset, modality string) float64 {
	for _, d := range j.cmp.Drift {
		if d.Variant == variant && d.Dataset == dataset && d.Modality == modality {
			return d.MeanAbs
		}
	}
	return 0
}

func (j *judge) largest(variant, dataset string) (most float64) {
	for _, d := range j.cmp.Drift {
		if d.Variant == variant && d.Dataset == dataset {
			most = max(most, d.MeanAbs)
		}
	}
	return most
}

// slowStage is the first phase that took notably more time than the machine explains.
func (j *judge) slowStage(variant, modality string) string {
	var phases []change
	for _, t := range j.cmp.Timings {
		if t.Variant == variant && t.Modality == modality && t.Phase != compare.Total {
			phases = append(phases, change{t.Phase, t.Base.MS * (t.Relative - 1)})
		}
	}
	if stage := first(phases); stage != "" {
		return stage
	}
	return compare.Total
}
