package stepcmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/spf13/cobra"
)

// ReferencePipeline is the pipeline with which all others are compared.
const ReferencePipeline = "original_clip"

type preprocessFlags struct {
	variant, out, config string
	size                 int
	exif, anyName        bool
}

func NewPreprocessCmd(e *cli.Env) *cobra.Command {
	f := preprocessFlags{variant: ReferencePipeline, size: 224}
	cmd := &cobra.Command{
		Use:   "preprocess --out DIR IMAGE...",
		Short: "write the tensors that a pipeline makes of pictures, as .npy files",
		Long: `preprocess writes DIR/<image file name>.npy, float32 of shape (3, 224, 224), for every
picture, and prints its name, a tab and mean |a-b| to ` + ReferencePipeline + `.

--config FILE takes a model's preprocessor_config.json or open_clip_config.json (or the folder
that has it) instead of a pipeline; what it does not know in there it refuses. The difference
is then to ` + ReferencePipeline + ` of the same size, mean and deviation.

A picture is refused if its extension belongs to another format than its content. --any-name
accepts it and goes by the content, as Pillow does.

Pipelines:
` + pipelineList() + `
Exit status: 0 done, 1 some picture failed (named on stderr) or the pipeline is not
available here, 2 wrong call.`,
		Example: `  fastclip preprocess --variant rgb_conversion --out tensors *.png`,
		Args:    cli.UsageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.config != "" && (cmd.Flags().Changed("variant") || cmd.Flags().Changed("size")) {
				return cli.WrongCall(errors.New("--config says the pipeline and the size: leave --variant and --size out"))
			}
			return runPreprocess(cmd.Context(), e, f, args)
		},
	}
	cmd.Flags().StringVar(&f.variant, "variant", f.variant, "the pipeline")
	cmd.Flags().StringVar(&f.config, "config", "", "a model's preprocessor_config.json or open_clip_config.json, or their folder")
	cmd.Flags().BoolVar(&f.exif, "exif", false, "apply the EXIF orientation, which openai/CLIP ignores")
	cmd.Flags().BoolVar(&f.anyName, "any-name", false, "also accept pictures whose file extension belongs to another format")
	cmd.Flags().StringVar(&f.out, "out", "", "the folder for the tensors; created if missing")
	cmd.Flags().IntVar(&f.size, "size", f.size, "side of the tensors, in pixels")
	return cmd
}

func runPreprocess(ctx context.Context, e *cli.Env, f preprocessFlags, images []string) (err error) {
	if err := f.check(); err != nil {
		return cli.WrongCall(err)
	}
	maker := &pipelines.Maker{}
	defer func() { err = errors.Join(err, maker.Close()) }()
	pipe, o, err := f.pipeline(maker, e.Stderr)
	if err != nil {
		return err
	}
	ref, err := maker.Lookup(ReferencePipeline, o)
	if err != nil {
		return fmt.Errorf("%s: %w", ReferencePipeline, err)
	}
	if err := os.MkdirAll(f.out, 0o755); err != nil {
		return err
	}
	failed, seen := false, map[string]string{}
	for _, path := range images {
		if err := ctx.Err(); err != nil {
			return err
		}
		name := filepath.Base(path)
		diff, err := 0.0, error(nil)
		if other, taken := seen[name]; taken {
			err = fmt.Errorf("has the same file name as %s: preprocess it with another --out", other)
		} else {
			seen[name] = path
			diff, err = preprocessFile(pipe, ref, path, filepath.Join(f.out, name+".npy"), f.anyName)
		}
		if err != nil {
			fmt.Fprintf(e.Stderr, "%s: %v\n", path, err)
			failed = true
			continue
		}
		fmt.Fprintf(e.Stdout, "%s\t%.9f\n", name, diff)
	}
	if failed {
		return cli.ExitError{Code: cli.ExitFailures}
	}
	return nil
}
