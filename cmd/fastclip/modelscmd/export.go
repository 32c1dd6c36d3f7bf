package modelscmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/encoders/adapters"
	"github.com/fastclip/fastclip/internal/python"
	"github.com/spf13/cobra"
)

type ExportFlags struct {
	Out, pictures, texts string
	Force, pickle        bool
}

func newModelsExportCmd(e *cli.Env) *cobra.Command {
	var f ExportFlags
	cmd := &cobra.Command{
		Use:   "export MODEL",
		Short: "export a PyTorch checkpoint to ONNX files and compare them with PyTorch",
		Long: `export loads a CLIP checkpoint in PyTorch and writes a model folder: image.onnx and text.onnx
(fp32, opset 17, any batch and text length), the weights as safetensors in the library's own
layout, preprocessor_config.json, and card.json, which models check reads. It then runs both
towers in ONNX Runtime and in PyTorch, on pictures and texts, and prints the mean and the largest
difference. A difference beyond rounding is an error.

MODEL is
  open_clip:ARCH:TAG              one of open_clip's pretrained weights, from a hub
  open_clip:ARCH:FILE             weights that open_clip can read (safetensors)
  open_clip:ARCH:random@SEED      torch.manual_seed(SEED), then open_clip.create_model(ARCH)
  transformers:OWNER/NAME[@REV]   a CLIPModel from a hub, or a folder
  transformers:ARCH:random@SEED   a CLIPModel of that architecture
ARCH is open_clip's name: ViT-B-32, ViT-B-32-quickgelu, ViT-L-14-quickgelu and so on.

The first call fetches PyTorch and its companions with uv: 6 GB on disk. Pickles are refused.
Exit status: 0 done, 1 it failed, 2 wrong call.`,
		Example: `  fastclip models export open_clip:ViT-B-32-quickgelu:random@0 --out models/b32
  HF_ENDPOINT=https://... fastclip models export open_clip:ViT-B-32-quickgelu:openai`,
		Args: cli.UsageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return ExportModel(cmd.Context(), e, f, args[0]) },
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&f.Out, "out", "", "the model's folder (default: in $FASTCLIP_CACHE or the user's cache folder, where suites find it by MODEL)")
	cmd.Flags().StringVar(&f.pictures, "pictures", "", "compare on the pictures of this folder (default: generated scenes)")
	cmd.Flags().StringVar(&f.texts, "texts", "", "compare on the texts of this file, one per line")
	cmd.Flags().BoolVar(&f.Force, "force", false, "export again into a folder that holds a model")
	cmd.Flags().BoolVar(&f.pickle, "pickle", false, "let PyTorch read a checkpoint that is a pickle (weights only)")
	return cmd
}

var exportRef = regexp.MustCompile(`^(open_clip|transformers):[^\s:]+(:\S+)?$`)

func ExportModel(ctx context.Context, e *cli.Env, f ExportFlags, model string) (err error) {
	if !exportRef.MatchString(model) {
		return cli.WrongCall(fmt.Errorf("model %q: want open_clip:ARCH:TAG, open_clip:ARCH:random@SEED or transformers:OWNER/NAME", model))
	}
	if f.Out == "" {
		if f.Out, err = ExportedDir(model); err != nil {
			return err
		}
	}
	if !f.Force {
		switch there, err := modelIn(f.Out); {
		case err != nil:
			return err
		case there == model:
			fmt.Fprintf(e.Stderr, "%s holds %s already; --force exports it again\n", f.Out, model)
			_, err := fmt.Fprintln(e.Stdout, f.Out)
			return err
		case there != "":
			return fmt.Errorf("%s holds %s: name another folder, or give --force", f.Out, there)
		}
	}
	tmp, err := os.MkdirTemp("", "fastclip-export-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	if f.pictures == "" {
		f.pictures = filepath.Join(tmp, "pictures")
		if err := writeScenes(ctx, f.pictures, 4); err != nil {
			return err
		}
	}
	if f.texts == "" {
		f.texts = filepath.Join(tmp, "texts.txt")
		if err := os.WriteFile(f.texts, []byte(strings.Join(sampleTexts(), "\n")), 0o644); err != nil {
			return err
		}
	}
	args := []string{model, "--out", f.Out, "--pictures", f.pictures, "--texts", f.texts}
	if f.pickle {
		args = append(args, "--pickle")
	}
	var stdout bytes.Buffer
	if err := python.RunTool(ctx, adapters.Script("export.py"), &stdout, e.Stderr, args...); err != nil {
		return fmt.Errorf("export %s: %w", model, err)
	}
	return printExport(e, stdout.Bytes(), f.Out)
}
