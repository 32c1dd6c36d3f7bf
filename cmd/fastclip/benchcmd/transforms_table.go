package benchcmd

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
)

func writeTransforms(e *cli.Env, rows []bench.TransformRow, f benchTransformsFlags) error {
	if f.json {
		out := json.NewEncoder(e.Stdout)
		for _, r := range rows {
			if err := out.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	table := tabwriter.NewWriter(e.Stdout, 0, 0, 2, ' ', 0)
	var names []string
	for _, path := range f.images {
		names = append(names, filepath.Base(path))
	}
	fmt.Fprintf(table, "transform\tms %s\tprocessed diff (mean)\tencode diff (mean)\tenters at\n", strings.Join(names, "\tms "))
	for _, r := range rows {
		fmt.Fprint(table, r.Variant)
		for _, name := range names {
			fmt.Fprintf(table, "\t%.3f", r.MS[name])
		}
		at := "-"
		if r.Stage != "" {
			at = fmt.Sprintf("%s (%.0f %%): %s", r.Stage, 100*r.Share, r.Cause)
		}
		fmt.Fprintf(table, "\t%.4f\t%.4f\t%s\n", r.Processed, r.Encoded, at)
	}
	return table.Flush()
}
