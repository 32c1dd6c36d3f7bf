package benchcmd

import (
	"context"
	"errors"
	"os"

	"github.com/fastclip/fastclip/bench"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/cmd/fastclip/runcmd"
	"github.com/fastclip/fastclip/cmd/fastclip/stepcmd"
	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/reports/prose"
	"github.com/spf13/cobra"
)

type benchTransformsFlags struct {
	images         []string
	suite, variant string
	rounds         int
	json           bool
}

func newBenchTransformsCmd(e *cli.Env) *cobra.Command {
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
		Args:    cli.UsageArgs(cobra.NoArgs),
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

func runBenchTransforms(ctx context.Context, e *cli.Env, f benchTransformsFlags) (err error) {
	if len(f.images) == 0 || f.rounds < 1 {
		return cli.WrongCall(errors.New("--image FILE is missing, or --rounds is below 1"))
	}
	suite, err := suite.Load(f.suite)
	if err != nil {
		return cli.WrongCall(err)
	}
	cfg, err := runcmd.EvalConfig(e, suite, runcmd.EvalFlags{Cache: os.DevNull})
	if err != nil {
		return err
	}
	model, err := variants.OpenSingle(ctx, suite, f.variant, cfg.Env)
	if err != nil {
		return cli.WrongCall(err)
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	cli.Warn(e, f.variant, model.Faults())
	maker := &pipelines.Maker{}
	defer func() { err = errors.Join(err, maker.Close()) }()
	t := &bench.Transforms{Model: model, Maker: maker, Reference: stepcmd.ReferencePipeline, Cause: prose.Cause, Stderr: e.Stderr}
	for _, path := range f.images {
		data, err := os.ReadFile(path)
		if err != nil {
			return cli.WrongCall(err)
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
		return cli.ExitError{Code: cli.ExitFailures}
	}
	return nil
}
