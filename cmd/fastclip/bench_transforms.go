package main

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/reports/prose"
)

type benchTransformsFlags struct {
	images         []string
	suite, variant string
	rounds         int
	json           bool
}

func newBenchTransformsCmd(e *env) *cobra.Command {
	f := benchTransformsFlags{suite: "default", variant: "onnx/mini", rounds: 30}
	cmd := &cobra.Command{
		Use:   "transforms --image FILE [--image FILE]",
		Short: "compare pipelines: time, difference in tensor and embedding, and the stage it enters at",
		Long: `transforms prints the table of the research notes. For each pipeline and every picture, it shows
the time from the decoded picture to the tensor. For the first picture, it also shows the mean
|a-b| to original_clip of the tensor (processed diff) and of the embedding by one model (encode
diff), and the stage at which most of the difference enters. To find that stage, it runs
original_clip with one stage at a time taken from the pipeline. A share under 100 % means that
other stages also matter.

Exit status: 0 done, 1 a pipeline failed on a picture (named on stderr), 2 wrong call.`,
		Example: `  fastclip bench transforms --image CLIP.png --image photo.jpg`,
		Args:    usageArgs(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runBenchTransforms(cmd.Context(), e, f) },
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&f.images, "image", nil, "a picture file; the first one is compared")
	fl.StringVar(&f.suite, "suite", f.suite, "the suite that contains --variant")
	fl.StringVar(&f.variant, "variant", f.variant, "the variant whose model makes the embeddings")
	fl.IntVar(&f.rounds, "rounds", f.rounds, "number of measured rounds, after one that does not count")
	fl.BoolVar(&f.json, "json", false, "print one JSON object per line instead of a table")
	return cmd
}

func runBenchTransforms(ctx context.Context, e *env, f benchTransformsFlags) (err error) {
	if len(f.images) == 0 || f.rounds < 1 {
		return usageError{errors.New("--image FILE is missing, or --rounds is below 1")}
	}
	suite, err := suite.Load(f.suite)
	if err != nil {
		return usageError{err}
	}
	cfg, err := evalConfig(e, suite, evalFlags{cache: os.DevNull})
	if err != nil {
		return err
	}
	model, err := variants.OpenSingle(ctx, suite, f.variant, cfg.Env)
	if err != nil {
		return usageError{err}
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	maker := &pipelines.Maker{}
	defer func() { err = errors.Join(err, maker.Close()) }()
	t := &bench.Transforms{Model: model, Maker: maker, Reference: referencePipeline, Cause: prose.Cause, Stderr: e.stderr}
	for _, path := range f.images {
		data, err := os.ReadFile(path)
		if err != nil {
			return usageError{err}
		}
		t.Pictures = append(t.Pictures, bench.Picture{Path: path, Data: data})
	}
	rows, failed, err := t.Run(ctx, f.rounds)
	if err != nil {
		return err
	}
	if err := writeTransforms(e, rows, f); err != nil {
		return err
	}
	if failed {
		return exitError{code: exitFailures}
	}
	return nil
}
