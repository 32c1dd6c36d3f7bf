package gate

import (
	"math"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/pipelinekey"
	"github.com/fastclip/fastclip/judge/compare"
)

// notable is the share of the largest change from which a stage's own change is worth naming.
const notable = 0.1

// change is how much the number of one stage changed.
type change struct {
	stage string
	by    float64
}

// first is the first stage, in the pipeline's order, whose change is more than a side effect.
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

// driftStage is the first stage of a variant that went wrong on a dataset. The evidence comes in this
// order: the swap of a stage that differs in HEAD, the checkpoint that moved, the differences of the
// environments.
//
// Swaps are measured through the model. When the model, the tokenizer or an option changed, the swap of an
// unchanged stage moves along with it and proves nothing.
func (j *judge) driftStage(variant, dataset, modality string) string {
	causes := j.causes(variant, modality)
	swaps, checkpoints := j.ladderOf(variant, dataset, modality)
	stage := ""
	if largestOf(swaps) >= notable*j.driftOf(variant, dataset, modality) {
		stage = first(swaps)
	}
	early := firstMoved(checkpoints)
	if early == "embedding" {
		early = "" // nothing before the embedding moved against the reference
	}
	own := func(c cause) bool {
		return c.stage == stage && (c.throughModel() || early != "" || len(checkpoints) == 0)
	}
	if at := slices.IndexFunc(causes, cause.throughModel); at >= 0 && !slices.ContainsFunc(causes, own) {
		stage = causes[at].stage
		if early != "" {
			stage = early
		}
	}
	if stage == "" {
		stage = early
	}
	if stage == "" { // the variant is the reference, or moved with it
		stage = modality + " embedding"
		if len(causes) > 0 {
			stage = causes[max(0, slices.IndexFunc(causes, cause.isOneStage))].stage
		}
	}
	if len(causes) > 0 {
		names := make([]string, len(causes))
		for i, c := range causes {
			names[i] = c.name
		}
		stage += " (" + strings.Join(names, ", ") + " changed)"
	}
	return stage
}

// ladderOf has the swaps and checkpoints of a variant, and how much each moved. It leaves out floor:...
// rows, which measure the reference against itself, and keep:... rows, which repeat what the swaps say.
func (j *judge) ladderOf(variant, dataset, modality string) (swaps, checkpoints []change) {
	for _, s := range j.cmp.Ladder {
		if s.Variant != variant || s.Dataset != dataset || s.Modality != modality || s.Stat != "mean_abs" {
			continue
		}
		stage, isSwap := strings.CutPrefix(s.Stage, "swap:")
		switch {
		case isSwap && stage != "all":
			swaps = append(swaps, change{swapStage(stage, modality), moved(s)})
		case !strings.Contains(s.Stage, ":"):
			checkpoints = append(checkpoints, change{s.Stage, moved(s)})
		}
	}
	return swaps, checkpoints
}

// swapStage names a swapped stage by the names that causes use.
func swapStage(stage, modality string) string {
	switch {
	case stage == "tokenizer":
		return "tokenize"
	case stage == "model" && modality == "text":
		return "text model"
	}
	return stage
}

// firstMoved is the first checkpoint that moved at all. Sizes do not compare, because checkpoints have
// different units.
func firstMoved(changes []change) string {
	for _, c := range changes {
		if c.by > 1e-6 {
			return c.stage
		}
	}
	return ""
}

// moved is how far a step is from BASE's, up or down. An absent row counts as 0, because a stage without a
// difference has no swap.
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

// cause is a difference of the environments and the stage that it acts on.
type cause struct{ name, stage string }

// throughModel tells whether a cause is the model, or acts on texts before the model. Every swap is
// measured through such a cause.
func (c cause) throughModel() bool {
	return c.stage == "model" || c.stage == "text model" || c.stage == "tokenize"
}

// isOneStage tells whether a cause is a single stage, and not the preprocessing as a whole.
func (c cause) isOneStage() bool { return c.stage != "preprocess" }

// causeStages maps each difference that can change an embedding to its stage, by modality.
var causeStages = map[string]map[string]string{
	"image": {"decoder": "decode", "preprocess": "preprocess", "image model sha256": "model"},
	"text":  {"tokenizer": "tokenize", "trim": "tokenize", "text model sha256": "text model"},
	"": {"model": "model", "runtime": "model", "runtime version": "model", "provider": "model", "provider version": "model", "precision": "model", "options": "model",
		"batch": "model", "threads": "model"},
}

// causes are the environment differences of a variant, in the pipeline's order.
func (j *judge) causes(variant, modality string) []cause {
	var out []cause
	for _, d := range j.cmp.Environment {
		if d.Of != variant {
			continue
		}
		if d.Name == "preprocess key" && modality == "image" {
			out = append(out, keyCauses(d)...)
			continue
		}
		for _, of := range []string{modality, ""} {
			if stage, ok := causeStages[of][d.Name]; ok {
				out = append(out, cause{d.Name, stage})
			}
		}
	}
	return out
}

// keyCauses are the stages by which two keys of a pipeline differ. Where a key names no stages, as that of
// a server's own pipeline, the cause is the preprocessing as a whole.
func keyCauses(d compare.Difference) (out []cause) {
	base, head := pipelinekey.Parse(d.Base), pipelinekey.Parse(d.Head)
	if len(base) > 0 && len(head) > 0 {
		for _, stage := range head.Changed(base) {
			out = append(out, cause{stage + " stage", stage})
		}
	}
	if len(out) == 0 {
		out = append(out, cause{"preprocess key", "preprocess"})
	}
	return out
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

// slowStage is the first phase that took notably longer than the machine explains.
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
