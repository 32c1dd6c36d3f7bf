package judgecmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/cmd/fastclip/runcmd"
	"github.com/fastclip/fastclip/eval/finished"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/reports"
	"github.com/fastclip/fastclip/reports/why"
)

func NewExplainCmd(e *cli.Env) *cobra.Command {
	var variant, format string
	var worst int
	var layers bool
	cmd := &cobra.Command{
		Use:   "explain RUN --variant V [--layers]",
		Short: "explain why a variant differs from the reference: stages, queries, pictures",
		Long: `explain shows how a variant of a finished run differs from the reference: the settings that
differ, the drift at each checkpoint, the drift of each stage alone, how much the drift may have
changed each score (the flip budget), the queries whose top result or outcome changed (near tie
or real), and the pictures and texts that moved most. If the evidence is clear, it also says what
to do next.

--layers looks for the block at which drift begins: it matches the tensors of both ONNX graphs, runs
them on the items that drifted most and a few of the middle, and gives each block of the variant
the reference's input. The first line then names the first block at which drift jumps, its own
part of the final drift, and whether that looks like precision, a changed operator or changed
weights. explain and report show it from then on.

md is for reading, json has all numbers, csv has one row per query whose outcome changed.

Exit status: 0 done, 2 wrong call, no finished run or no such variant.`,
		Example: `  fastclip explain results/20260102-030405 --variant fast/mini
  fastclip explain results/20260102-030405 --variant int8/mini --format csv > flips.csv
  fastclip explain results/20260102-030405 --variant int8/mini --layers`,
		Args: cli.UsageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if variant == "" {
				return cli.WrongCall(errors.New("no variant: name one with --variant"))
			}
			if worst < 0 {
				return cli.WrongCall(errors.New("--worst: want 0 or more"))
			}
			if err := knownFormat(format, reports.ExplainFormats()); err != nil {
				return err
			}
			if layers {
				if err := findLayers(cmd.Context(), e, args[0], variant); err != nil {
					return err
				}
			}
			err := reports.Explain(e.Stdout, args[0], variant, format, worst)
			switch {
			case errors.Is(err, why.ErrVariant):
				return cli.WrongCall(err)
			case errors.Is(err, store.ErrIncomplete), errors.Is(err, os.ErrNotExist):
				return cli.WrongCall(fmt.Errorf("%s is not a finished run: %w: name the folder that fastclip eval printed", args[0], err))
			}
			return err
		},
	}
	cmd.Flags().StringVar(&variant, "variant", "", "the variant to explain")
	cmd.Flags().StringVar(&format, "format", "md", "one of "+strings.Join(reports.ExplainFormats(), ", "))
	cmd.Flags().BoolVar(&layers, "layers", false, "run both models again, block by block, and keep the result in the run's folder")
	cmd.Flags().IntVar(&worst, "worst", 10, "how many of the worst queries, pictures and texts are shown")
	return cmd
}

// findLayers adds to a run in which layers a variant drifts.
func findLayers(ctx context.Context, e *cli.Env, dir, variant string) error {
	cfg, err := runcmd.EvalConfig(e, &suite.Suite{}, runcmd.EvalFlags{})
	if err != nil {
		return err
	}
	l, err := finished.Layers(ctx, finished.Config{Env: cfg.Env, Art: cfg.Art, Cache: cfg.Cache, Progress: cfg.Progress}, dir, variant)
	if err != nil {
		return cli.WrongCall(err)
	}
	f, err := store.Open(dir)
	if err != nil {
		return err
	}
	return f.WriteLayers(l)
}
