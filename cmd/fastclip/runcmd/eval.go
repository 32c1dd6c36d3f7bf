// Package runcmd contains the commands that read a suite: eval, check, schema and work.
package runcmd

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/cmd/fastclip/runcmd/check"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/spf13/cobra"
)

func NewEvalCmd(e *cli.Env) *cobra.Command {
	var f EvalFlags
	cmd := &cobra.Command{
		Use:   "eval [SUITE]",
		Short: "run a suite: scores, drift and timings of every variant",
		Long: `eval runs labelled datasets through every variant of a suite. It compares each variant with the
reference variant, times it, and writes Parquet files. Then it prints a screen of the report: the
verdict and a line for each variant, the worst first. --full prints all of it, as Markdown.

SUITE is an embedded suite (` + strings.Join(suite.Names(), ", ") + `) or a YAML file;
without it, eval runs the default suite. Repeat the command to resume an interrupted run. If the
run is finished and its inputs have not changed, eval reports it again without computing anything.

Scripts should read the run's folder from --run-file, which is written only once the run is
finished.

Exit status: 0 done; 1 a run was written, but some variant or picture failed (named on stderr
and in the report); 2 wrong call; 3 no run was written (nothing could be opened, the disk is
full, the folder is locked or cannot be written); 130 or 143 stopped by Ctrl-C or SIGTERM.`,
		Example: `  fastclip eval
  fastclip eval --only int8/mini,fast/mini --datasets single
  fastclip eval --out results/tonight --fresh
  fastclip eval --history nights    # nights/date=2026-01-02/run=ID: see fastclip history
  fastclip eval my-suite.yaml
  fastclip eval notes-vit-b-32 --random-weights 0 --memory 6GiB --limit 32
  fastclip eval my-suite.yaml --store s3://bucket/runs --on ray=auto
  HF_ENDPOINT=https://... fastclip eval notes-vit-b-32 --prepare`,
		Args: cli.UsageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.history != "" && (f.out != "" || cmd.Flags().Changed("results")) {
				return cli.WrongCall(errors.New("--history chooses the run's folder: leave out --out and --results"))
			}
			if f.scale.Guards(e) {
				return scaled(e).Guard(cmd.Context())
			}
			suite := cli.SuiteOf(args)
			return noRun(cmd.Context(), runEval(cmd.Context(), e, suite, f))
		},
	}
	cmd.Flags().StringVar(&f.out, "out", "", "the run's folder (default: results/<run id>)")
	cmd.Flags().StringVar(&f.root, "results", "results", "where to put runs without --out")
	cmd.Flags().StringVar(&f.history, "history", "", "a results root: each call is a new run in ROOT/date=DATE/run=ID")
	cmd.Flags().StringVar(&f.runFile, "run-file", "", "write the run's folder into this file, once the run is finished")
	cmd.Flags().StringVar(&f.Cache, "cache", "", "cache folder; entries unused for 60 days are deleted (default: $FASTCLIP_CACHE, else the user's cache folder)")
	cmd.Flags().StringVar(&f.tensors, "tensor-cache", "", "size of the cache of preprocessed pictures, 0 for none (default: $FASTCLIP_TENSOR_CACHE, else "+tensorCache+")")
	cmd.Flags().StringSliceVar(&f.Only, "only", nil, "only these variants, and the reference")
	cmd.Flags().StringSliceVar(&f.Datasets, "datasets", nil, "only these datasets")
	cmd.Flags().StringVar(&f.policy, "policy", "", "the policy file that the run will be judged by: eval checks it first, as fastclip check does")
	cmd.Flags().StringVar(&f.memory, "memory", "", "memory for open encoders, such as 6GiB: variants that do not fit run in groups, each with the reference (default: the suite's, else half of the machine's)")
	cmd.Flags().IntVar(&f.limit, "limit", 0, "only the first N pictures of each dataset, with the texts that are about them (0: all)")
	cmd.Flags().BoolVar(&f.scoresOnly, "scores-only", false, "compute only what a plain retrieval benchmark computes, as with skip: [timing, floor, swaps, proof] in the suite")
	cmd.Flags().BoolVar(&f.prepare, "prepare", false, "first export, derive and fetch what the suite needs and is missing (gigabytes)")
	cmd.Flags().StringVar(&f.random, "random-weights", "", "use random weights of this seed for models of a known architecture, and export them first: drift and times are meaningful, scores are not")
	f.scale.Add(cmd)
	cmd.Flags().BoolVar(&f.fresh, "fresh", false, "ignore the cache and compute everything again")
	cmd.Flags().BoolVar(&f.full, "full", false, "print the whole report, as Markdown")
	return cmd
}

func runEval(ctx context.Context, e *cli.Env, name string, f EvalFlags) error {
	if err := clearRunFile(f.runFile); err != nil {
		return err
	}
	if err := ownFolder(f.out); err != nil {
		return cli.WrongCall(err)
	}
	chosen, err := suite.Load(name)
	if err != nil {
		return cli.WrongFile(err)
	}
	if err := check.Policy(f.policy, chosen); err != nil {
		return cli.WrongFile(err)
	}
	if err := chosen.Select(f.Only, f.Datasets); err != nil {
		return cli.WrongCall(err)
	}
	if err := f.narrow(chosen); err != nil {
		return cli.WrongCall(err)
	}
	if f.random != "" {
		seed, err := strconv.ParseUint(f.random, 10, 63)
		if err != nil {
			return cli.WrongCall(fmt.Errorf("--random-weights %q: want a seed such as 0", f.random))
		}
		if err := randomise(chosen, seed); err != nil {
			return cli.WrongCall(err)
		}
	}
	if f.prepare || f.random != "" {
		if err := prepare(ctx, e, chosen, f.prepare); err != nil {
			return err
		}
	}
	cfg, err := EvalConfig(e, chosen, f)
	if err != nil {
		return err
	}
	out, err := scaled(e).Run(ctx, f.scale, cfg, f.Cache)
	if err != nil || out.Tasks != nil {
		return err
	}
	return printRun(e, out, f.runFile, f.full)
}
