package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"text/tabwriter"

	"github.com/spf13/cobra"

	fastclip "github.com/fastclip/fastclip"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/modelcheck"
	"github.com/fastclip/fastclip/encoders/ort"
)

func newModelsCmd(e *env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "models",
		Short: "list, check, fetch, export and derive models",
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newModelsLsCmd(e), newModelsCheckCmd(e), newModelsPullCmd(e), newModelsExportCmd(e), newModelsDeriveCmd(e), newModelsFetchCmd(e))
	return cmd
}

func newModelsLsCmd(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "ls",
		Short: "list the built-in models, their files and sizes",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			models, err := fastclip.Models()
			if err != nil {
				return err
			}
			return listModels(e, models)
		},
	}
}

func listModels(e *env, models fs.FS) error {
	names, err := encoders.BuiltinNames(models)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	for _, name := range names {
		m, err := encoders.OpenModel(name, models)
		if err != nil {
			return err
		}
		files, err := m.Files()
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\n", name, modelcheck.About(m, files))
		for _, f := range files {
			data, _, err := m.Read(f)
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "  %s\t%d bytes\n", f, len(data))
		}
	}
	return w.Flush()
}

func newModelsCheckCmd(e *env) *cobra.Command {
	var p modelcheck.Pair
	cmd := &cobra.Command{
		Use:   "check {FOLDER | NAME}",
		Short: "describe a model's files and check what its card claims",
		Long: `check reads every pair of image.onnx and text.onnx (and image.X.onnx with text.X.onnx) of a
model and runs it on inputs that show how it behaves. It compares what it finds with the sha256
and claims in the folder's card.json. It prints a table: file, check, found, claimed, result. The
result is ok, FAIL, or - if the card claims nothing. docs/models.md explains each check.

Exit status: 0 no check failed, 1 some check failed or ONNX Runtime is not available here,
2 wrong call.`,
		Example: `  fastclip models check mini
  fastclip models check ./my-model`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case p == modelcheck.Pair{}:
				return checkModel(cmd.Context(), e, args[0])
			case p.Image == "" || p.Text == "":
				return usageError{errors.New("--image and --text go together")}
			}
			return checkModel(cmd.Context(), e, args[0], p)
		},
	}
	cmd.Flags().StringVar(&p.Image, "image", "", "the image tower's file, for a folder with other names")
	cmd.Flags().StringVar(&p.Text, "text", "", "the text tower's file")
	return cmd
}

func checkModel(ctx context.Context, e *env, name string, pairs ...modelcheck.Pair) (err error) {
	models, err := fastclip.Models()
	if err != nil {
		return err
	}
	lib, err := ort.Open("")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lib.Close()) }()
	report, err := modelcheck.Run(ctx, name, encoders.Env{Models: models, Find: findModel, ORT: func() (*ort.Library, error) { return lib, nil }}, pairs...)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "file\tcheck\tfound\tclaimed\tresult")
	for _, c := range report.Checks {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.File, c.What, c.Found, c.Claimed, c.Result)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if n := report.Failed(); n > 0 {
		fmt.Fprintf(e.stderr, "model %s: %d of %d checks failed\n", report.Model, n, len(report.Checks))
		return exitError{code: exitFailures}
	}
	return nil
}
