package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/encoders/modeldir"
	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/preprocess/decode"
	"github.com/fastclip/fastclip/internal/suggest"
)

// referencePipeline is what every pipeline's tensors are compared with.
const referencePipeline = "original_clip"

type preprocessFlags struct {
	variant, out, config string
	size                 int
	exif, anyName        bool
}

func newPreprocessCmd(e *env) *cobra.Command {
	f := preprocessFlags{variant: referencePipeline, size: 224}
	cmd := &cobra.Command{
		Use:   "preprocess --out DIR IMAGE...",
		Short: "write the tensors that a pipeline makes of pictures, as .npy files",
		Long: `preprocess writes DIR/<image file name>.npy, float32 of shape (3, 224, 224), for every
picture, and prints its name, a tab and mean |a-b| to ` + referencePipeline + `.

--config FILE takes a model's preprocessor_config.json or open_clip_config.json (or the folder
that has it) instead of a pipeline; what it does not know in there it refuses. The difference
is then to ` + referencePipeline + ` of the same size, mean and deviation.

A picture whose name's ending is another format's than its content is refused; --any-name takes
it for what its content is, as Pillow does.

Pipelines:
` + pipelineList() + `
Exit status: 0 done, 1 some picture failed (named on stderr) or the pipeline is not
available here, 2 wrong call.`,
		Example: `  fastclip preprocess --variant rgb_conversion --out tensors *.png`,
		Args:    usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.config != "" && (cmd.Flags().Changed("variant") || cmd.Flags().Changed("size")) {
				return usageError{errors.New("--config says the pipeline and the size: leave --variant and --size out")}
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

func pipelineList() string {
	var b strings.Builder
	for _, name := range pipelines.Names() {
		fmt.Fprintf(&b, "  %-24s %s\n", name, pipelines.About(name))
	}
	return b.String()
}

// maxSize keeps a mistyped --size from taking all memory.
const maxSize = 4096

func (f preprocessFlags) check() error {
	switch {
	case f.out == "":
		return errors.New("--out DIR is missing: name the folder of the tensors")
	case f.size < 1 || f.size > maxSize:
		return fmt.Errorf("--size %d: want 1 to %d", f.size, maxSize)
	case !slices.Contains(pipelines.Names(), f.variant):
		return fmt.Errorf("--variant %q: want one of %s%s", f.variant, strings.Join(pipelines.Names(), ", "), suggest.Hint(f.variant, pipelines.Names()))
	}
	return nil
}

func runPreprocess(ctx context.Context, e *env, f preprocessFlags, images []string) (err error) {
	if err := f.check(); err != nil {
		return usageError{err}
	}
	maker := &pipelines.Maker{}
	defer func() { err = errors.Join(err, maker.Close()) }()
	pipe, o, err := f.pipeline(maker)
	if err != nil {
		return err
	}
	ref, err := maker.Lookup(referencePipeline, o)
	if err != nil {
		return fmt.Errorf("%s: %w", referencePipeline, err)
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
			err = fmt.Errorf("has the file name of %s: give them another --out", other)
		} else {
			seen[name] = path
			diff, err = preprocessFile(pipe, ref, path, filepath.Join(f.out, name+".npy"), f.anyName)
		}
		if err != nil {
			fmt.Fprintf(e.stderr, "%s: %v\n", path, err)
			failed = true
			continue
		}
		fmt.Fprintf(e.stdout, "%s\t%.9f\n", name, diff)
	}
	if failed {
		return exitError{code: exitFailures}
	}
	return nil
}

// pipeline is the one asked for, and what to ask of the one that it is compared with.
func (f preprocessFlags) pipeline(maker *pipelines.Maker) (*preprocess.Pipeline, pipelines.Options, error) {
	o := pipelines.Options{Size: f.size}
	lookup := func() (*preprocess.Pipeline, error) { return maker.Lookup(f.variant, o) }
	if f.config != "" {
		c, err := readPictures(f.config)
		if err != nil {
			return nil, o, usageError{fmt.Errorf("--config: %w", err)}
		}
		f.variant, o = c.Name, pipelines.Options{Size: c.Size, Mean: c.Mean, Std: c.Std}
		lookup = func() (*preprocess.Pipeline, error) { return maker.Make(c) }
	}
	pipe, err := lookup()
	if err != nil {
		return nil, o, fmt.Errorf("%s: %w", f.variant, err)
	}
	if f.exif {
		pipe.Decoder = decode.Oriented{Decoder: pipe.Decoder}
	}
	return pipe, o, nil
}

// preprocessFile writes one picture's tensor and returns its mean |a-b| to ref's.
func preprocessFile(pipe, ref *preprocess.Pipeline, path, to string, anyName bool) (float64, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		var reason *os.PathError
		if errors.As(err, &reason) { // the caller names the path
			err = reason.Err
		}
		return 0, err
	}
	if err := decode.CheckName(path, data); err != nil && !anyName {
		return 0, fmt.Errorf("%w: rename it, or pass --any-name", err)
	}
	got, want := make([]float32, pipe.Len()), make([]float32, ref.Len())
	if err := pipe.Run(data, got, nil); err != nil {
		return 0, err
	}
	if err := ref.Run(data, want, nil); err != nil {
		return 0, fmt.Errorf("%s, which it is compared with: %w", ref.Name, err)
	}
	side := pipe.Transform.Size
	if err := replaceFile(to, npy(got, 3, side, side)); err != nil {
		return 0, err
	}
	sum := 0.0
	for i := range got {
		sum += math.Abs(float64(got[i]) - float64(want[i]))
	}
	return sum / float64(len(got)), nil
}

// readPictures reads how a model wants its pictures: of a file, or of a folder as eval reads it.
func readPictures(path string) (*pipelines.Config, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return pipelines.ReadConfig(path)
	}
	fsys := os.DirFS(path)
	image := modeldir.DefaultImage
	if files, err := modeldir.Towers(fsys, image, modeldir.DefaultText, "fp32"); err == nil {
		image = files.Image
	}
	f, err := modeldir.Read(fsys, image, "")
	switch {
	case err != nil:
		return nil, err
	case f.PicturesErr != nil:
		return nil, f.PicturesErr
	case f.Pictures == nil:
		return nil, fmt.Errorf("%s has neither preprocessor_config.json, open_clip_config.json nor preprocess_cfg.json", path)
	}
	return f.Pictures, nil
}
