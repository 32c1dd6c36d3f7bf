package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/adapters"
	"github.com/fastclip/fastclip/encoders/onnxfile"
	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/encoders/tokenize"
	"github.com/fastclip/fastclip/internal/python"
)

// derivedKinds are what derive makes, with the kinds that nobody has to ask for first.
var derivedKinds = []string{"fp16", "int8", "int8-channel", "optimised", "int8-static", "int8-reduce-range", "int8-u8u8"}

type deriveFlags struct {
	kinds           []string
	pictures, texts string
	force           bool
}

func newModelsDeriveCmd(e *env) *cobra.Command {
	var f deriveFlags
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
  int8-static   MatMul weights and activations in 8 bits; scales from calibration pictures and texts
  optimised     onnxruntime's transformers optimiser: fuses the layer norms, QuickGELU and attention that it recognises

int8, int8-channel and int8-static multiply unsigned activations with signed weights of 8 bits.
This is safe on processors with VNNI and on arm64. On other x86-64 processors sums can saturate,
unless the variant has options: {session.x64quantprecision: "1"}. models check tells whether a
file is safe, doctor whether the processor is.

Pictures are prepared by original_clip, texts by the openai tokenizer. MODEL is the name that you gave to models export. The first call fetches onnx and onnxruntime with uv (some 60 MB).
Exit status: 0 done, 1 some kind could not be made, 2 wrong call.`,
		Example: `  fastclip models derive models/b32
  fastclip models derive models/b32 --kinds int8-static --pictures calibration --texts captions.txt
  fastclip models derive open_clip:ViT-B-32-quickgelu:random@0 --kinds optimised,fp16`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return deriveModel(cmd.Context(), e, f, args[0]) },
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringSliceVar(&f.kinds, "kinds", derivedKinds, "kinds of files to make")
	cmd.Flags().StringVar(&f.pictures, "pictures", "", "calibrate and compare on the pictures of this folder (default: generated scenes)")
	cmd.Flags().StringVar(&f.texts, "texts", "", "calibrate and compare on the texts of this file, one per line")
	cmd.Flags().BoolVar(&f.force, "force", false, "replace files that exist already")
	return cmd
}

func deriveModel(ctx context.Context, e *env, f deriveFlags, name string) (err error) {
	for _, k := range f.kinds {
		if !slices.Contains(derivedKinds, k) {
			return usageError{fmt.Errorf("--kinds %s: want some of %s", k, strings.Join(derivedKinds, ", "))}
		}
	}
	dir := name
	if encoders.IsReference(name) {
		if dir, _, err = findModel(name); err != nil {
			return err
		}
	}
	if !f.force {
		f.kinds = slices.DeleteFunc(slices.Clone(f.kinds), func(k string) bool {
			there := exists(filepath.Join(dir, "image."+k+".onnx")) && exists(filepath.Join(dir, "text."+k+".onnx"))
			if there {
				fmt.Fprintf(e.stderr, "%s: %s is there already; --force makes it again\n", dir, k)
			}
			return there
		})
	}
	if len(f.kinds) == 0 {
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
	ran := python.RunTool(ctx, adapters.Script("derive.py"), &stdout, e.stderr, dir, "--kinds", strings.Join(f.kinds, ","), "--samples", samples)
	if err := printDerived(e, stdout.Bytes()); err != nil {
		return err
	}
	if ran != nil {
		return fmt.Errorf("derive %s: %w", name, ran)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// writeSamples writes the prepared pictures and the ids of the texts as .npy files into to.
func (f deriveFlags) writeSamples(ctx context.Context, model, to string) error {
	side, err := imageSide(model)
	if err != nil {
		return err
	}
	pictures := f.pictures
	if pictures == "" {
		pictures = filepath.Join(to, "pictures")
		if err := writeScenes(ctx, pictures, 8); err != nil {
			return err
		}
	}
	var maker pipelines.Maker
	defer maker.Close()
	pipe, err := maker.Lookup("original_clip", pipelines.Options{Size: side})
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(pictures)
	if err != nil {
		return fmt.Errorf("pictures: %w", err)
	}
	var pixels []float32
	n := 0
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		data, err := os.ReadFile(filepath.Join(pictures, entry.Name()))
		if err != nil {
			return err
		}
		one := make([]float32, pipe.Len())
		if err := pipe.Run(data, one, nil); err != nil {
			return fmt.Errorf("picture %s: %w", entry.Name(), err)
		}
		pixels, n = append(pixels, one...), n+1
	}
	if n == 0 {
		return fmt.Errorf("pictures: %s has none", pictures)
	}
	if err := replaceFile(filepath.Join(to, "pixel_values.npy"), npy(pixels, n, 3, side, side)); err != nil {
		return err
	}
	texts := sampleTexts()
	if f.texts != "" {
		data, err := os.ReadFile(f.texts)
		if err != nil {
			return fmt.Errorf("texts: %w", err)
		}
		texts = strings.Split(strings.TrimSpace(string(data)), "\n")
	}
	tok, err := tokenize.New("openai")
	if err != nil {
		return err
	}
	const context = 77
	return replaceFile(filepath.Join(to, "input_ids.npy"), npyInts(tok.EncodeAll(texts, context), len(texts), context))
}

// imageSide is the side of the pictures that a folder's image.onnx takes.
func imageSide(dir string) (int, error) {
	path := filepath.Join(dir, "image.onnx")
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, fmt.Errorf("%w: want a folder with image.onnx and text.onnx", err)
	}
	m, err := onnxfile.Parse(data)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	if len(m.Inputs) != 1 || len(m.Inputs[0].Dims) != 4 || m.Inputs[0].Dims[3].Dynamic() {
		return 0, fmt.Errorf("%s: its input is %v: want one [N,3,S,S] with a fixed S", path, m.Inputs)
	}
	return int(m.Inputs[0].Dims[3].Size), nil
}

func printDerived(e *env, data []byte) error {
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "file\tbytes\tmean |a-b| to the original\tlargest")
	for dec := json.NewDecoder(bytes.NewReader(data)); dec.More(); {
		var d struct {
			File  string  `json:"file"`
			Bytes int64   `json:"bytes"`
			Mean  float64 `json:"mean_abs"`
			Max   float64 `json:"max_abs"`
		}
		if err := dec.Decode(&d); err != nil {
			return fmt.Errorf("derive.py printed %q: %w", data, err)
		}
		fmt.Fprintf(w, "%s\t%d\t%.1e\t%.1e\n", d.File, d.Bytes, d.Mean, d.Max)
	}
	return w.Flush()
}
