package modelscmd

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	fastclip "github.com/fastclip/fastclip"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/modelcheck"
	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/spf13/cobra"
)

func newModelsCheckCmd(e *cli.Env) *cobra.Command {
	var p modelcheck.Pair
	var asJSON bool
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
		Args: cli.UsageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case p == modelcheck.Pair{}:
				return checkModel(cmd.Context(), e, args[0], asJSON)
			case p.Image == "" || p.Text == "":
				return cli.WrongCall(errors.New("--image and --text must be given together"))
			}
			return checkModel(cmd.Context(), e, args[0], asJSON, p)
		},
	}
	cmd.Flags().StringVar(&p.Image, "image", "", "the image tower's file, for a folder with other names")
	cmd.Flags().StringVar(&p.Text, "text", "", "the text tower's file")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array of the checks")
	return cmd
}

func checkModel(ctx context.Context, e *cli.Env, name string, asJSON bool, pairs ...modelcheck.Pair) (err error) {
	models, err := fastclip.Models()
	if err != nil {
		return err
	}
	lib, err := ort.Open("")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lib.Close()) }()
	report, err := modelcheck.Run(ctx, name, encoders.Env{Models: models, Find: FindModel, ORT: func() (*ort.Library, error) { return lib, nil }}, pairs...)
	if err != nil {
		return err
	}
	if err := printChecks(e, report.Checks, asJSON); err != nil {
		return err
	}
	if n := report.Failed(); n > 0 {
		fmt.Fprintf(e.Stderr, "model %s: %d of %d checks failed\n", report.Model, n, len(report.Checks))
		return cli.ExitError{Code: cli.ExitFailures}
	}
	return nil
}

// checkedFile is a row of models check in the JSON output.
type checkedFile struct {
	File    string `json:"file"`
	Check   string `json:"check"`
	Found   string `json:"found"`
	Claimed string `json:"claimed"`
	Result  string `json:"result"`
}

func printChecks(e *cli.Env, checks []modelcheck.Check, asJSON bool) error {
	rows := []checkedFile{}
	for _, c := range checks {
		rows = append(rows, checkedFile{c.File, c.What, c.Found, c.Claimed, c.Result})
	}
	if asJSON {
		return cli.WriteJSON(e.Stdout, rows)
	}
	w := tabwriter.NewWriter(e.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "file\tcheck\tfound\tclaimed\tresult")
	for _, c := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.File, c.Check, c.Found, c.Claimed, c.Result)
	}
	return w.Flush()
}
