package modelscmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
)

func printDerived(e *cli.Env, data []byte) error {
	w := tabwriter.NewWriter(e.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "file\tbytes\tmean |a-b| to the original\tlargest")
	for dec := json.NewDecoder(bytes.NewReader(data)); dec.More(); {
		var d struct {
			File  string  `json:"file"`
			Bytes int64   `json:"bytes"`
			Mean  float64 `json:"mean_abs"`
			Max   float64 `json:"max_abs"`
		}
		if err := dec.Decode(&d); err != nil {
			return fmt.Errorf("derive.py printed %q: %w", data, err)
		}
		fmt.Fprintf(w, "%s\t%d\t%.1e\t%.1e\n", d.File, d.Bytes, d.Mean, d.Max)
	}
	return w.Flush()
}
