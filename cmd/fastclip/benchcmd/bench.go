// Package benchcmd contains the commands of fastclip bench.
package benchcmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/eval"
	"github.com/spf13/cobra"
)

func NewBenchCmd(e *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "time one phase of the pipelines and variants",
		Long:  `bench times one phase apart from the others, in interleaved rounds, on one goroutine.`,
		Args:  cli.KnownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		newBenchPreprocessCmd(e),
		newBenchInferenceCmd(e),
		newBenchIndexingCmd(e),
		newBenchTransformsCmd(e),
		newBenchScoringCmd(e),
		newBenchThroughputCmd(e),
		newBenchColdCmd(e),
		newBenchRoundsCmd(e),
	)
	return cmd
}

// benchOf takes from a run's configuration what a bench needs.
func benchOf(c eval.Config) bench.Config {
	return bench.Config{Suite: c.Suite, Cache: c.Cache, Env: c.Env, Art: c.Art, Progress: c.Progress, Tool: c.Tool, Commit: c.Commit, Build: c.Build}
}

// writeBench prints a table, or one JSON object per line.
func writeBench(w io.Writer, rows []bench.JobRow, asJSON bool) error {
	if asJSON {
		out, errs := json.NewEncoder(w), error(nil)
		for _, r := range rows {
			errs = errors.Join(errs, out.Encode(r))
		}
		return errs
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "phase\tvariant\tbatch\tms (median)\t95 % CI\trounds")
	for _, r := range rows {
		fmt.Fprintf(table, "%s\t%s\t%d\t%.3f\t%.3f to %.3f\t%d\n", r.Phase, r.Variant, r.Batch, r.MSMedian, r.MSLow, r.MSHigh, r.N)
	}
	return table.Flush()
}
