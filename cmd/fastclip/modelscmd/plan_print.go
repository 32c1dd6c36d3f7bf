package modelscmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/eval/plan"
	"github.com/fastclip/fastclip/reports/charts"
)

func printPlan(e *cli.Env, f planFlags, r *plan.Result) error {
	var page bytes.Buffer
	if err := r.Write(&page); err != nil {
		return err
	}
	svg, err := pareto(r)
	if err != nil {
		return err
	}
	if err := cli.ReplaceFile(filepath.Join(f.out, "pareto.svg"), []byte(svg)); err != nil {
		return err
	}
	page.WriteString("\n![Drift and time](pareto.svg)\n")
	if err := cli.ReplaceFile(filepath.Join(f.out, "plan.md"), page.Bytes()); err != nil {
		return err
	}
	if f.asJSON {
		enc := json.NewEncoder(e.Stdout)
		enc.SetIndent("", "  ")
		err = enc.Encode(r)
	} else {
		_, err = e.Stdout.Write(page.Bytes())
	}
	if err == nil && !r.Possible {
		return cli.ExitError{Code: cli.ExitFailures}
	}
	return err
}

// pareto draws the steps: time against what is left of int8's drift. A step that keeps everything is the reference.
func pareto(r *plan.Result) (string, error) {
	s := charts.Scatter{Title: "Drift and time", XTitle: "ms for a picture and a text", YTitle: "drift less than int8's, %", XFormat: charts.Short, YFormat: charts.Short}
	int8 := r.Steps[1]
	for _, x := range r.Steps {
		if x.Name == "made" || x.Of > 0 && x.Count == x.Of {
			continue
		}
		name := x.Name
		if x.Chosen {
			name += ", made"
		}
		left := (x.Image/max(int8.Image, 1e-30) + x.Text/max(int8.Text, 1e-30)) / 2
		y := 100 * (1 - left)
		s.Points = append(s.Points, charts.Point{Name: name, X: x.Millis.Value, Y: y, Low: y, High: y, Reference: x.Name == "reference",
			Hint: fmt.Sprintf("%s: %.3g ms, %.0f %% of int8's drift", x.Name, x.Millis.Value, 100*left)})
	}
	pic, err := s.Draw(760, 420)
	if err != nil {
		return "", fmt.Errorf("draw the Pareto front: %w", err)
	}
	return pic.Standalone(), nil
}
