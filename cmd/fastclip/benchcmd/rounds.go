package benchcmd

import (
	"context"
	"errors"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/cmd/fastclip/runcmd"
	"github.com/fastclip/fastclip/eval"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/spf13/cobra"
)

type benchRoundsFlags struct {
	runcmd.EvalFlags
	plan, output string
}

func newBenchRoundsCmd(e *cli.Env) *cobra.Command {
	var f benchRoundsFlags
	cmd := &cobra.Command{
		Use:   "rounds [SUITE] -o FILE",
		Short: "repeat the timings of an eval, and nothing else",
		Long: `rounds times all variants of a suite as eval does, in turn and round by round. It writes the
rows of timings.parquet to a separate file. gate --confirm runs it.

Exit status: 0 done, 1 a variant failed, 2 wrong call, or another run than --plan names.`,
		Example: `  fastclip bench rounds -o timings.parquet`,
		Args:    cli.UsageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			suite := cli.SuiteOf(args)
			return runBenchRounds(cmd.Context(), e, suite, f)
		},
	}
	fl := cmd.Flags()
	fl.StringVarP(&f.output, "output", "o", "", "the Parquet file to write")
	fl.StringSliceVar(&f.Only, "only", nil, "only these variants, and the reference")
	fl.StringSliceVar(&f.Datasets, "datasets", nil, "only these datasets")
	fl.StringVar(&f.plan, "plan", "", "fail unless this repeats the run with this plan_sha256 (run.parquet)")
	fl.StringVar(&f.Cache, "cache", "", "cache folder, as for eval")
	return cmd
}

func runBenchRounds(ctx context.Context, e *cli.Env, name string, f benchRoundsFlags) error {
	if f.output == "" {
		return cli.WrongCall(errors.New("no file for the results: name one with -o"))
	}
	suite, err := suite.Load(name)
	if err != nil {
		return cli.WrongCall(err)
	}
	if err := suite.Select(f.Only, f.Datasets); err != nil {
		return cli.WrongCall(err)
	}
	cfg, err := runcmd.EvalConfig(e, suite, f.EvalFlags)
	if err != nil {
		return err
	}
	rows, err := eval.Retime(ctx, cfg, f.plan)
	if errors.Is(err, eval.ErrOtherPlan) {
		return cli.WrongCall(err)
	}
	if err != nil {
		return err
	}
	return store.Write(f.output, rows)
}
