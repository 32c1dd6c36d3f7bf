package benchcmd

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"text/tabwriter"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/cmd/fastclip/runcmd"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/spf13/cobra"
)

type benchThroughputFlags struct {
	rounds      int
	peer, cache string
	json        bool
}

func newBenchThroughputCmd(e *cli.Env) *cobra.Command {
	f := benchThroughputFlags{rounds: 5}
	cmd := &cobra.Command{
		Use:   "throughput [SUITE]",
		Short: "measure pictures per second of a suite run, beside ONNX Runtime alone",
		Long: `throughput embeds the pictures of a suite's first dataset with the reference variant, as eval
does: load, decode, preprocess and encode overlap, and the cache is empty. It does so round after
round. --peer COMMAND starts another program, such as testdata/oracles/ort_alone.py, that takes
turns with it and runs only the model, on tensors that are already prepared. That program gets the
number of pictures, the batch, the threads per call and the number of calls at once as its last
arguments, and a line on stdin for each round. It answers with seconds.`,
		Example: `  fastclip bench throughput my-suite.yaml --peer "uv run -q --script testdata/oracles/ort_alone.py my-model/image.onnx"`,
		Args:    cli.UsageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			suite := cli.SuiteOf(args)
			return runBenchThroughput(cmd.Context(), e, suite, f)
		},
	}
	fl := cmd.Flags()
	fl.IntVar(&f.rounds, "rounds", f.rounds, "number of measured rounds, after one that does not count")
	fl.StringVar(&f.peer, "peer", "", "program to time in turn with this one")
	fl.BoolVar(&f.json, "json", false, "print one JSON object per line instead of a table")
	fl.StringVar(&f.cache, "cache", "", "cache folder with the generated scenes (default: as for eval)")
	return cmd
}

func runBenchThroughput(ctx context.Context, e *cli.Env, name string, f benchThroughputFlags) error {
	if f.rounds < 1 {
		return cli.WrongCall(fmt.Errorf("--rounds %d: want at least 1", f.rounds))
	}
	suite, err := suite.Load(name)
	if err != nil {
		return cli.WrongCall(err)
	}
	cfg, err := runcmd.EvalConfig(e, suite, runcmd.EvalFlags{Cache: f.cache})
	if err != nil {
		return err
	}
	rows, err := bench.ThroughputRounds(ctx, benchOf(cfg), f.rounds, f.peer)
	if err != nil {
		return err
	}
	return printThroughput(e, f, rows)
}

func printThroughput(e *cli.Env, f benchThroughputFlags, rows []bench.ThroughputRow) error {
	if f.json {
		for _, r := range rows {
			if err := json.NewEncoder(e.Stdout).Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	host := machine.ThisHost()
	fmt.Fprintf(e.Stdout, "%s, %d cores; %s: %d pictures a round, batch %d, threads %d, calls at once %d\n", host.CPU, host.Cores, rows[0].Variant, rows[0].Items, rows[0].Batch, rows[0].Threads, rows[0].Calls)
	table := tabwriter.NewWriter(e.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\timages/s (median)\t95 % CI\trounds\tof the peer's, paired")
	for _, r := range rows {
		fmt.Fprintf(table, "%s\t%.2f\t%.2f to %.2f\t%s\t", map[string]string{"embed": "suite run", "peer": "peer"}[r.Phase], r.Median, r.Low, r.High, strconv.Itoa(r.N))
		if r.Share != nil {
			fmt.Fprintf(table, "%.3f (%.3f to %.3f)", r.Share.Median, r.Share.Low, r.Share.High)
		}
		fmt.Fprintln(table)
	}
	return table.Flush()
}
