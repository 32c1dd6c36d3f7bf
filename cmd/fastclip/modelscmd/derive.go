package modelscmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/adapters"
	"github.com/fastclip/fastclip/internal/python"
	"github.com/spf13/cobra"
)

// DerivedKinds are what derive can make. The default kinds come first.
var DerivedKinds = []string{"fp16", "int8", "int8-channel", "optimised", "int8-static", "int8-reduce-range", "int8-u8u8", "int8-smooth"}

type DeriveFlags struct {
	Kinds           []string
	pictures, texts string
	force           bool
}

func newModelsDeriveCmd(e *cli.Env) *cobra.Command {
	var f DeriveFlags
	cmd := &cobra.Command{
		Use:   "derive {FOLDER | MODEL}",
		Short: "make fp16, int8 and optimised variants of a model folder",
		Long: `derive writes image.KIND.onnx and text.KIND.onnx beside image.onnx and text.onnx, through ONNX
Runtime's own Python tools, and prints each one's size and difference to the original on
pictures and texts.

KIND is
  fp16          weights and arithmetic in fp16; inputs and outputs stay fp32
  int8          dynamic quantization of MatMul weights, one scale per tensor
  int8-channel  the same, one scale per channel
  int8-reduce-range  int8-channel with weights of 7 bits: safe on every processor
  int8-u8u8     int8-channel with unsigned weights: safe on every processor
  int8-smooth   int8-channel, with factors that even out the channels of what goes into a product
  int8-static   MatMul weights and activations in 8 bits; scales from calibration pictures and texts
  optimised     onnxruntime's transformers optimiser: fuses the layer norms, QuickGELU and attention that it recognises

int8, int8-channel, int8-smooth and int8-static multiply unsigned activations with signed weights
of 8 bits. This is safe on processors with VNNI and on arm64. On other x86-64 processors sums can saturate,
unless the variant has options: {session.x64quantprecision: "1"}. models check tells whether a
file is safe, doctor whether the processor is.

Pictures are prepared by original_clip, texts by the openai tokenizer. MODEL is the name that you gave to models export. The first call fetches onnx and onnxruntime with uv (some 60 MB).
Exit status: 0 done, 1 some kind could not be made, 2 wrong call.`,
		Example: `  fastclip models derive models/b32
  fastclip models derive models/b32 --kinds int8-static --pictures calibration --texts captions.txt
  fastclip models derive open_clip:ViT-B-32-quickgelu:random@0 --kinds optimised,fp16`,
		Args: cli.UsageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return DeriveModel(cmd.Context(), e, f, args[0]) },
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringSliceVar(&f.Kinds, "kinds", DerivedKinds, "kinds of files to make")
	cmd.Flags().StringVar(&f.pictures, "pictures", "", "calibrate and compare on the pictures of this folder (default: generated scenes)")
	cmd.Flags().StringVar(&f.texts, "texts", "", "calibrate and compare on the texts of this file, one per line")
	cmd.Flags().BoolVar(&f.force, "force", false, "replace files that exist already")
	return cmd
}

func DeriveModel(ctx context.Context, e *cli.Env, f DeriveFlags, name string) (err error) {
	for _, k := range f.Kinds {
		if !slices.Contains(DerivedKinds, k) {
			return cli.WrongCall(fmt.Errorf("--kinds %s: want some of %s", k, strings.Join(DerivedKinds, ", ")))
		}
	}
	dir := name
	if encoders.IsReference(name) {
		if dir, _, err = FindModel(name); err != nil {
			return err
		}
	}
	if !f.force {
		f.Kinds = slices.DeleteFunc(slices.Clone(f.Kinds), func(k string) bool {
			there := Exists(filepath.Join(dir, "image."+k+".onnx")) && Exists(filepath.Join(dir, "text."+k+".onnx"))
			if there {
				fmt.Fprintf(e.Stderr, "%s: %s exists already; --force makes it again\n", dir, k)
			}
			return there
		})
	}
	if len(f.Kinds) == 0 {
		return nil
	}
	samples, err := os.MkdirTemp("", "fastclip-samples-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(samples)) }()
	if err := f.writeSamples(ctx, dir, samples); err != nil {
		return fmt.Errorf("derive %s: %w", name, err)
	}
	var stdout bytes.Buffer
	ran := python.RunTool(ctx, adapters.Script("derive.py"), &stdout, e.Stderr, dir, "--kinds", strings.Join(f.Kinds, ","), "--samples", samples)
	if err := printDerived(e, stdout.Bytes()); err != nil {
		return err
	}
	if ran != nil {
		return fmt.Errorf("derive %s: %w", name, ran)
	}
	return nil
}
