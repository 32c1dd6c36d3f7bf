package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	fastclip "github.com/fastclip/fastclip"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/reports"
)

type evalFlags struct {
	out, root, cache string
	history          string
	runFile          string // that gets the run's folder
	only, datasets   []string
	fresh, prepare   bool
	memory           string // in place of the suite's
	tensors          string // bytes, or empty
	limit            int    // pictures of a dataset, 0 all
	random           string // seed, or empty
	scoresOnly       bool
}

func newEvalCmd(e *env) *cobra.Command {
	var f evalFlags
	cmd := &cobra.Command{
		Use:   "eval [SUITE]",
		Short: "run a suite: scores, drift and timings of every variant",
		Long: `eval runs labelled datasets through every variant of a suite. It compares each variant with the
reference variant, times it, and writes Parquet files and a Markdown report.

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
  HF_ENDPOINT=https://... fastclip eval notes-vit-b-32 --prepare`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.history != "" && (f.out != "" || cmd.Flags().Changed("results")) {
				return usageError{errors.New("--history names the run's folder itself: leave out --out and --results")}
			}
			suite := "default"
			if len(args) == 1 {
				suite = args[0]
			}
			return noRun(cmd.Context(), runEval(cmd.Context(), e, suite, f))
		},
	}
	cmd.Flags().StringVar(&f.out, "out", "", "the run's folder (default: results/<run id>)")
	cmd.Flags().StringVar(&f.root, "results", "results", "where to put runs without --out")
	cmd.Flags().StringVar(&f.history, "history", "", "a results root: each call is a new run in ROOT/date=DATE/run=ID")
	cmd.Flags().StringVar(&f.runFile, "run-file", "", "write the run's folder into this file, once the run is finished")
	cmd.Flags().StringVar(&f.cache, "cache", "", "cache folder; entries unused for 60 days are deleted (default: $FASTCLIP_CACHE, else the user's cache folder)")
	cmd.Flags().StringVar(&f.tensors, "tensor-cache", "", "size of the cache of preprocessed pictures, 0 for none (default: $FASTCLIP_TENSOR_CACHE, else "+tensorCache+")")
	cmd.Flags().StringSliceVar(&f.only, "only", nil, "only these variants, and the reference")
	cmd.Flags().StringSliceVar(&f.datasets, "datasets", nil, "only these datasets")
	cmd.Flags().StringVar(&f.memory, "memory", "", "memory for open encoders, such as 6GiB: variants that do not fit run in groups, each with the reference (default: the suite's, else half of the machine's)")
	cmd.Flags().IntVar(&f.limit, "limit", 0, "only the first N pictures of each dataset, with the texts that are about them (0: all)")
	cmd.Flags().BoolVar(&f.scoresOnly, "scores-only", false, "compute only what a plain retrieval benchmark computes, as with skip: [timing, floor, swaps, proof] in the suite")
	cmd.Flags().BoolVar(&f.prepare, "prepare", false, "first export, derive and fetch what the suite needs and is missing (gigabytes)")
	cmd.Flags().StringVar(&f.random, "random-weights", "", "use random weights of this seed for models of a known architecture, and export them first: drift and times are meaningful, scores are not")
	cmd.Flags().BoolVar(&f.fresh, "fresh", false, "ignore the cache and compute everything again")
	return cmd
}

func runEval(ctx context.Context, e *env, name string, f evalFlags) error {
	if err := clearRunFile(f.runFile); err != nil {
		return err
	}
	chosen, err := suite.Load(name)
	if err != nil {
		return wrongFile(err)
	}
	if err := chosen.Select(f.only, f.datasets); err != nil {
		return usageError{err}
	}
	if f.scoresOnly {
		chosen.Skip = suite.Parts()
	}
	if err := f.narrow(chosen); err != nil {
		return usageError{err}
	}
	if f.random != "" {
		seed, err := strconv.ParseUint(f.random, 10, 63)
		if err != nil {
			return usageError{fmt.Errorf("--random-weights %q: want a seed such as 0", f.random)}
		}
		if err := randomise(chosen, seed); err != nil {
			return usageError{err}
		}
	}
	if f.prepare || f.random != "" {
		if err := prepare(ctx, e, chosen, f.prepare); err != nil {
			return err
		}
	}
	cfg, err := evalConfig(e, chosen, f)
	if err != nil {
		return err
	}
	out, err := eval.Run(ctx, cfg)
	if err != nil {
		return err
	}
	return printRun(e, out, f.runFile)
}

// narrow takes over what the flags have in place of the suite's.
func (f evalFlags) narrow(suite *suite.Suite) error {
	if f.limit < 0 {
		return fmt.Errorf("--limit %d: want a number of pictures, or 0 for all", f.limit)
	}
	if f.limit > 0 {
		suite.Limit = f.limit
	}
	if f.memory == "" {
		return nil
	}
	if n, err := humanize.ParseBytes(f.memory); err != nil || n == 0 {
		return fmt.Errorf("--memory %q: want a size such as 6GiB", f.memory)
	}
	suite.Memory = f.memory
	return nil
}

func evalConfig(e *env, suite *suite.Suite, f evalFlags) (eval.Config, error) {
	models, err := fastclip.Models()
	if err != nil {
		return eval.Config{}, err
	}
	art, err := fastclip.Art()
	if err != nil {
		return eval.Config{}, err
	}
	cache := f.cache
	if cache == "" {
		if cache, err = cacheDir(); err != nil {
			return eval.Config{}, err
		}
	}
	tensors, err := tensorBytes(f.tensors)
	if err != nil {
		return eval.Config{}, usageError{err}
	}
	id, err := build()
	if err != nil {
		return eval.Config{}, err
	}
	return eval.Config{
		Suite: suite, Out: f.out, Root: f.root, History: f.history, Cache: cache, Tensors: tensors, Fresh: f.fresh,
		Env: encoders.Env{Models: models, Find: findModel}, Art: art, Progress: e.stderr, Tool: version(), Commit: commit, Build: id,
	}, nil
}

// tensorCache is how much of preprocessed pictures is kept when nobody says otherwise: 14,000 of
// 224x224.
const tensorCache = "2GiB"

// tensorBytes is the size that a flag names, or the environment, or nobody.
func tensorBytes(flag string) (int64, error) {
	name, size := "--tensor-cache", flag
	if size == "" {
		name, size = "FASTCLIP_TENSOR_CACHE", os.Getenv("FASTCLIP_TENSOR_CACHE")
	}
	n, err := humanize.ParseBytes(cmp.Or(size, tensorCache))
	if err != nil || n > math.MaxInt64 {
		return 0, fmt.Errorf("%s %q: want a size such as 2GiB, or 0 for none", name, size)
	}
	return int64(n), nil
}

// cacheDir is where finished work is kept when nobody says otherwise.
func cacheDir() (string, error) {
	if dir := os.Getenv("FASTCLIP_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder: %w: name one with --cache or FASTCLIP_CACHE", err)
	}
	return filepath.Join(dir, "fastclip"), nil
}

// printRun names the run in a file, ends stdout with the report, and names on stderr what failed.
// The run is written: what fails here is a failure beside it.
func printRun(e *env, out eval.Outcome, file string) error {
	res, err := reports.LoadText(out.Dir)
	if err != nil {
		return err
	}
	if out.Reused {
		fmt.Fprintf(e.stderr, "nothing has changed since this run: %s\n", out.Dir)
	}
	err = nameRun(file, out.Dir)
	if failed := reports.Write(e.stdout, "md", res); failed != nil {
		err = errors.Join(err, fmt.Errorf("the report could not be written: %w", failed))
	}
	fmt.Fprintf(e.stderr, "results: %s\n", out.Dir)
	if out.Failures == 0 && err == nil {
		return nil
	}
	for _, v := range res.Variants {
		if v.Failed() {
			fmt.Fprintf(e.stderr, "variant %s: %s: %s\n", v.Variant, v.Status, v.Reason)
		}
	}
	for _, x := range res.Failures {
		fmt.Fprintf(e.stderr, "dataset %s: %s: %s: %s\n", x.Dataset, x.Item, x.Stage, x.Reason)
	}
	return exitError{code: exitFailures, err: err}
}
