package judgecmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/fastclip/fastclip/judge/compare"
	"github.com/fastclip/fastclip/judge/gate"
	"github.com/fastclip/fastclip/reports/prose"
)

// readNight reads gate's verdict on a run, from JSON or text. The verdict on another run is an error.
func readNight(path, runID string) (*prose.Night, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--verdict: %w", err)
	}
	var said struct {
		Headline string `json:"headline"`
		gate.Result
	}
	if json.Unmarshal(data, &said) != nil {
		return nightOfText(path, string(data))
	}
	if said.Head != runID {
		return nil, fmt.Errorf("--verdict: %s judges run %s, not %s", path, said.Head, runID)
	}
	n := &prose.Night{Verdict: string(said.Verdict), Headline: said.Headline, Base: said.Base, Changed: compare.Changes(said.Environment), Notes: said.Notes}
	for _, of := range said.ByVariant() {
		o := prose.Offender{Variant: of[0].Variant}
		for _, f := range of {
			where := ""
			if f.Dataset != "" {
				where = "on " + f.Dataset + ": "
			}
			o.Broke = append(o.Broke, fmt.Sprintf("%s: %s%s; stage: %s", f.Check, where, f.Text, f.Stage))
		}
		n.Offenders = append(n.Offenders, o)
	}
	for _, p := range said.Unmeasured {
		n.Unmeasured = append(n.Unmeasured, p.String())
	}
	return n, nil
}

// nightOfText takes the first line of a verdict as text. This is all there is for a night that gate did not judge.
func nightOfText(path, text string) (*prose.Night, error) {
	line, _, _ := strings.Cut(text, "\n")
	for start, verdict := range map[string]gate.Verdict{"PASS": gate.Pass, "REGRESSION": gate.Regression, "NOT MEASURED": gate.NotMeasured, "WRONG CALL": gate.NotMeasured} {
		if strings.HasPrefix(line, start+":") {
			return &prose.Night{Verdict: string(verdict), Headline: line}, nil
		}
	}
	return nil, fmt.Errorf("--verdict: %w", errors.New(path+" was written neither by fastclip gate --write json=FILE nor by --write text=FILE"))
}
