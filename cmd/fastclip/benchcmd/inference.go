package benchcmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/internal/store"
	"github.com/spf13/cobra"
)

type benchInferenceFlags struct {
	suiteFlags
	towers           []string
	batches, threads []int
	noCold           bool
}

func newBenchInferenceCmd(e *cli.Env) *cobra.Command {
	f := benchInferenceFlags{towers: []string{store.TowerImage, store.TowerText}, batches: []int{1, 8, 32}, threads: []int{1}}
	cmd := &cobra.Command{
		Use:   "inference [SUITE]",
		Short: "time the model calls of a suite's variants, by tower, batch size and threads",
		Long: `inference times the model calls of a suite (the default suite, or a YAML file). Variants take
turns of four calls, until each has had its time and its calls and has settled. Up to eight calls
(50 ms at most) come first in each turn and do not count: they find the caches full of other
models' weights, which would not happen if one variant ran alone.

For each number of threads, all variants are open from the first turn to the last, with both
towers, so their models must fit into memory together. --only selects fewer variants.

Load, first call, first call of each batch size, warm-up and steady state are reported
separately. Changepoints mark where the steady state begins (Killick 2012, as Barrett et al. 2017
use them), and only calls in the steady state count. A row that has not settled by --max-time
says so and gives its trend. Inputs are the first pictures and texts of the suite's first dataset.

The embeddings made while timing are compared with the reference's. A wrong answer is named on
stderr and gets no speed-up, and the exit status is 1. The same goes for a variant that cannot
run. Speed-up is the reference's time divided by the row's, paired by round. "cold" is a separate
process, from its start to its first embeddings; peak RSS is that process's.`,
		Example: `  fastclip bench inference --batch 1,32 --threads 1,2
  fastclip bench inference my-suite.yaml --only int8/mine --tower image --json
  fastclip bench inference --max-time 2m --price 0.34 --out results/speed`,
		Args: cli.UsageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			suite := cli.SuiteOf(args)
			return runBenchInference(cmd.Context(), e, suite, f)
		},
	}
	fl := cmd.Flags()
	fl.StringSliceVar(&f.towers, "tower", f.towers, "image, text or both")
	fl.IntSliceVar(&f.batches, "batch", f.batches, "batch sizes")
	fl.IntSliceVar(&f.threads, "threads", f.threads, "threads per call")
	f.add(cmd, "call")
	fl.BoolVar(&f.noCold, "no-cold", false, "start no separate process for each row: cold start and peak RSS stay unknown")
	return cmd
}

func (f benchInferenceFlags) check() error {
	for _, t := range f.towers {
		if t != store.TowerImage && t != store.TowerText {
			return fmt.Errorf("--tower %q: want image or text", t)
		}
	}
	if len(f.towers) == 0 || len(f.batches) == 0 || len(f.threads) == 0 || slices.Min(f.batches) < 1 || slices.Min(f.threads) < 1 {
		return errors.New("--tower, --batch and --threads need at least one value; --batch and --threads want numbers from 1")
	}
	return nil
}

func runBenchInference(ctx context.Context, e *cli.Env, name string, f benchInferenceFlags) error {
	if err := f.check(); err != nil {
		return cli.WrongCall(err)
	}
	cfg, err := f.config(e, name)
	if err != nil {
		return err
	}
	suite := cfg.Suite
	asked := bench.InferenceConfig{Config: benchOf(cfg), Towers: f.towers, Batches: f.batches, Threads: f.threads}
	if !f.noCold {
		asked.Cold = coldStarter(name)
	}
	started := time.Now().UTC()
	rows, warnings, err := bench.Inference(ctx, asked)
	if err != nil {
		return err
	}
	if f.out != "" {
		if err := bench.SaveInference(f.out, benchOf(cfg), started, rows); err != nil {
			return err
		}
	}
	if f.json {
		out := json.NewEncoder(e.Stdout)
		for _, r := range rows {
			if err := out.Encode(bench.NewInferenceLine(r, suite.Bench, warnings)); err != nil {
				return err
			}
		}
	} else if err := writeInference(e.Stdout, rows, suite); err != nil {
		return err
	}
	return inferenceOutcome(e, rows, warnings)
}
