package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/eval"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/store"
)

type benchRoundsFlags struct {
	evalFlags
	plan, output string
}

func newBenchRoundsCmd(e *env) *cobra.Command {
	var f benchRoundsFlags
	cmd := &cobra.Command{
		Use:   "rounds [SUITE] -o FILE",
		Short: "repeat the timings of an eval, and nothing else",
		Long: `rounds times all variants of a suite as eval does, in turn and round by round. It writes the
rows of timings.parquet to a separate file. gate --confirm runs it.

Exit status: 0 done, 1 a variant failed, 2 wrong call, or another run than --plan names.`,
		Example: `  fastclip bench rounds -o timings.parquet`,
		Args:    usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			suite := "default"
			if len(args) == 1 {
				suite = args[0]
			}
			return runBenchRounds(cmd.Context(), e, suite, f)
		},
	}
	fl := cmd.Flags()
	fl.StringVarP(&f.output, "output", "o", "", "the Parquet file to write")
	fl.StringSliceVar(&f.only, "only", nil, "only these variants, and the reference")
	fl.StringSliceVar(&f.datasets, "datasets", nil, "only these datasets")
	fl.StringVar(&f.plan, "plan", "", "fail unless this repeats the run with this plan_sha256 (run.parquet)")
	fl.StringVar(&f.cache, "cache", "", "cache folder, as for eval")
	return cmd
}

func runBenchRounds(ctx context.Context, e *env, name string, f benchRoundsFlags) error {
	if f.output == "" {
		return usageError{errors.New("which file? name one with -o")}
	}
	suite, err := suite.Load(name)
	if err != nil {
		return usageError{err}
	}
	if err := suite.Select(f.only, f.datasets); err != nil {
		return usageError{err}
	}
	cfg, err := evalConfig(e, suite, f.evalFlags)
	if err != nil {
		return err
	}
	rows, err := eval.Retime(ctx, cfg, f.plan)
	if errors.Is(err, eval.ErrOtherPlan) {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	return store.Write(f.output, rows)
}
