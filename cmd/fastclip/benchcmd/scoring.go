package benchcmd

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/spf13/cobra"
)

type benchScoringFlags struct {
	images, captions, dim, rounds int
	peer                          string
	json                          bool
}

func newBenchScoringCmd(e *cli.Env) *cobra.Command {
	f := benchScoringFlags{images: 5000, captions: 5, dim: 512, rounds: 5}
	cmd := &cobra.Command{
		Use:   "scoring",
		Short: "time the scoring of a set of captions, beside numpy's matrix product",
		Long: `scoring generates embeddings of pictures and captions and scores them as eval does: all
metrics in both directions with their intervals, and the outcome of every query, written as Parquet.
--peer COMMAND starts another program, such as testdata/oracles/numpy_matmul.py, that multiplies
matrices of the same sizes in turn with it. That program gets texts, images and dim as its
arguments and a line on stdin for each round. It answers with seconds, and perhaps with its seconds
of CPU.

Exit status: 0 done, 1 failed, 2 wrong call.`,
		Example: `  fastclip bench scoring --peer "uv run -q --script testdata/oracles/numpy_matmul.py"`,
		Args:    cli.UsageArgs(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runBenchScoring(cmd.Context(), e, f) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.IntVar(&f.images, "images", f.images, "number of pictures")
	fl.IntVar(&f.captions, "captions", f.captions, "captions per picture")
	fl.IntVar(&f.dim, "dim", f.dim, "values per embedding")
	fl.IntVar(&f.rounds, "rounds", f.rounds, "number of measured rounds, after one that does not count")
	fl.StringVar(&f.peer, "peer", "", "program to time in turn with this one")
	fl.BoolVar(&f.json, "json", false, "print one JSON object per line instead of a table")
	return cmd
}

func runBenchScoring(ctx context.Context, e *cli.Env, f benchScoringFlags) error {
	if f.rounds < 1 {
		return cli.WrongCall(fmt.Errorf("--rounds %d: want at least 1", f.rounds))
	}
	if f.images < 1 || f.captions < 1 || f.dim < 1 {
		return cli.WrongCall(fmt.Errorf("--images %d --captions %d --dim %d: want at least 1 of each", f.images, f.captions, f.dim))
	}
	rows, err := bench.ScoringRounds(ctx, bench.ScoringConfig{Images: f.images, Captions: f.captions, Dim: f.dim, Rounds: f.rounds, Peer: f.peer})
	if err != nil {
		return err
	}
	return printScoring(e, f, rows)
}

func printScoring(e *cli.Env, f benchScoringFlags, rows []bench.JobRow) error {
	table := tabwriter.NewWriter(e.Stdout, 0, 8, 2, ' ', 0)
	if !f.json {
		fmt.Fprintf(table, "%d pictures x %d texts x %d, ms\tmedian\t95 %% interval\n", f.images, f.images*f.captions, f.dim)
	}
	limit := 0.0
	for _, row := range rows {
		if f.json {
			if err := json.NewEncoder(e.Stdout).Encode(row); err != nil {
				return err
			}
			continue
		}
		if row.Phase == bench.PhasePeer {
			limit = 1.3*row.MSMedian + 500
		}
		fmt.Fprintf(table, "%s\t%.0f\t%.0f - %.0f\n", row.Phase, row.MSMedian, row.MSLow, row.MSHigh)
	}
	if peak := machine.PeakRSS(); peak > 0 && !f.json {
		fmt.Fprintf(table, "peak memory\t%d MiB\n", peak>>20)
	}
	if limit > 0 {
		fmt.Fprintf(table, "1.3 x peer + 0.5 s\t%.0f\n", limit)
	}
	return table.Flush()
}
