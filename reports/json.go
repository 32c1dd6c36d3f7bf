package reports

import (
	"encoding/json"
	"io"
)

// reportJSON is the json format: its names may be added, never renamed.
type reportJSON struct {
	Head        head           `json:"head"`
	Summary     string         `json:"summary"`
	Verdicts    []verdict      `json:"verdicts"`
	Metric      string         `json:"metric"`
	Columns     []column       `json:"columns"`
	Performance []performance  `json:"performance"`
	Speed       []speedTable   `json:"speed"`
	Places      []place        `json:"runtimes"`
	Drift       []driftRow     `json:"drift"`
	Swaps       []swapRow      `json:"swaps"`
	Transforms  []transformJSON`json:"transforms"`
	Findings    []finding      `json:"findings"`
	Scores      []score        `json:"scores"`
}

type transformJSON struct {
	transformRow
	EntersAt string `json:"enters_at"` // the stage at which most of the drift enters
}

func writeJSON(w io.Writer, r shown) error {
	transforms := []transformJSON{}
	for _, t := range r.Transforms {
		transforms = append(transforms, transformJSON{t, transformEntry(t)})
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(reportJSON{
		r.Head, r.Summary, r.Verdicts, r.Metric, r.Columns, r.Performance, r.Speed, r.Places, r.Drift, r.Swaps, transforms, r.Findings, r.Scores,
	})
}
