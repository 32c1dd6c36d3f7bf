package reports

import (
	"encoding/json"
	"io"

	"github.com/fastclip/fastclip/reports/facts"
	"github.com/fastclip/fastclip/reports/prose"
	"github.com/fastclip/fastclip/reports/why"
)

// reportJSON is the json format. Fields may be added, but never renamed.
type reportJSON struct {
	Head        facts.Head          `json:"head"`
	Summary     string              `json:"summary"`
	Verdicts    []prose.Verdict     `json:"verdicts"`
	Metric      string              `json:"metric"`
	Columns     []facts.Column      `json:"columns"`
	Performance []facts.Performance `json:"performance"`
	Speed       []facts.SpeedTable  `json:"speed"`
	Places      []facts.Place       `json:"runtimes"`
	Drift       []facts.DriftRow    `json:"drift"`
	Swaps       []facts.SwapRow     `json:"swaps"`
	Transforms  []transformJSON     `json:"transforms"`
	Findings    []prose.Finding     `json:"findings"`
	Scores      []facts.Score       `json:"scores"`
}

type transformJSON struct {
	facts.TransformRow
	EntersAt string `json:"enters_at"` // the stage at which most of the drift enters
}

func writeJSON(w io.Writer, r shown) error {
	transforms := []transformJSON{}
	for _, t := range r.Transforms {
		transforms = append(transforms, transformJSON{t, prose.TransformEntry(t)})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(reportJSON{
		r.Head, r.Summary, r.Verdicts, r.Metric, r.Columns, r.Performance, r.Speed, r.Places, r.Drift, r.Swaps, transforms, r.Findings, r.Scores,
	})
}

// whyJSON is the json format of explain. Fields may be added, but never renamed.
type whyJSON struct {
	why.Evidence
	Findings []string `json:"findings"`
	Next     []string `json:"next"` // what to do, where the evidence is unambiguous
}

func newWhyJSON(x why.Evidence, r prose.Told) whyJSON {
	out := whyJSON{Evidence: x, Findings: []string{}, Next: prose.AdviceLines(x.Advice)}
	for _, k := range prose.FindingsOf(r, x.Variant) {
		out.Findings = append(out.Findings, k.Text)
	}
	return out
}
