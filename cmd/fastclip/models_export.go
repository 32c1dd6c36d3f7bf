package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/encoders/adapters"
	"github.com/fastclip/fastclip/internal/python"
)

type exportFlags struct {
	out, pictures, texts string
	force, pickle        bool
}

func newModelsExportCmd(e *env) *cobra.Command {
	var f exportFlags
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
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return exportModel(cmd.Context(), e, f, args[0]) },
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&f.out, "out", "", "the model's folder (default: in $FASTCLIP_CACHE or the user's cache folder, where suites find it by MODEL)")
	cmd.Flags().StringVar(&f.pictures, "pictures", "", "compare on the pictures of this folder (default: generated scenes)")
	cmd.Flags().StringVar(&f.texts, "texts", "", "compare on the texts of this file, one per line")
	cmd.Flags().BoolVar(&f.force, "force", false, "export again into a folder that holds a model")
	cmd.Flags().BoolVar(&f.pickle, "pickle", false, "let PyTorch read a checkpoint that is a pickle (weights only)")
	return cmd
}

var exportRef = regexp.MustCompile(`^(open_clip|transformers):[^\s:]+(:\S+)?$`)

func exportModel(ctx context.Context, e *env, f exportFlags, model string) (err error) {
	if !exportRef.MatchString(model) {
		return usageError{fmt.Errorf("model %q: want open_clip:ARCH:TAG, open_clip:ARCH:random@SEED or transformers:OWNER/NAME", model)}
	}
	if f.out == "" {
		if f.out, err = exportedDir(model); err != nil {
			return err
		}
	}
	if !f.force {
		switch there, err := modelIn(f.out); {
		case err != nil:
			return err
		case there == model:
			fmt.Fprintf(e.stderr, "%s holds %s already; --force exports it again\n", f.out, model)
			_, err := fmt.Fprintln(e.stdout, f.out)
			return err
		case there != "":
			return fmt.Errorf("%s holds %s: name another folder, or give --force", f.out, there)
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
	args := []string{model, "--out", f.out, "--pictures", f.pictures, "--texts", f.texts}
	if f.pickle {
		args = append(args, "--pickle")
	}
	var stdout bytes.Buffer
	if err := python.RunTool(ctx, adapters.Script("export.py"), &stdout, e.stderr, args...); err != nil {
		return fmt.Errorf("export %s: %w", model, err)
	}
	return printExport(e, stdout.Bytes(), f.out)
}

// exportedDir is where a model goes that is exported without --out.
func exportedDir(model string) (string, error) {
	dir, err := cacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "models", strings.NewReplacer(":", "--", "/", "--", "\\", "--").Replace(model)), nil
}

// modelIn is the name in a folder's card; "" for a folder that is not there or is empty.
func modelIn(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) || (err == nil && len(entries) == 0) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	data, err := os.ReadFile(filepath.Join(dir, "card.json"))
	if err != nil {
		return "files without a card.json", nil
	}
	var card struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal(data, &card); err != nil {
		return "", fmt.Errorf("%s: %w", filepath.Join(dir, "card.json"), err)
	}
	return card.Name, nil
}

// printExport prints what export.py found: a line a tower, then the folder.
func printExport(e *env, data []byte, dir string) error {
	var got struct {
		Towers map[string]struct {
			Items int     `json:"items"`
			Mean  float64 `json:"mean_abs"`
			Max   float64 `json:"max_abs"`
			Size  float64 `json:"mean_abs_of_embedding"`
		} `json:"against_pytorch"`
	}
	if err := json.Unmarshal(data, &got); err != nil {
		return fmt.Errorf("export.py printed %q: %w", data, err)
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "tower\titems\tmean |a-b| to PyTorch\tlargest\tmean |a|")
	for _, name := range []string{"image", "text"} {
		t := got.Towers[name]
		fmt.Fprintf(w, "%s\t%d\t%.1e\t%.1e\t%.2f\n", name, t.Items, t.Mean, t.Max, t.Size)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(e.stdout, dir)
	return err
}
