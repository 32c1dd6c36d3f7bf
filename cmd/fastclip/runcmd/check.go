package runcmd

import (
	"context"

	"github.com/spf13/cobra"

	fastclip "github.com/fastclip/fastclip"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/cmd/fastclip/modelscmd"
	"github.com/fastclip/fastclip/cmd/fastclip/runcmd/check"
	"github.com/fastclip/fastclip/encoders"
)

func NewCheckCmd(e *cli.Env) *cobra.Command {
	var policy string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check SUITE",
		Short: "find what is wrong with a suite and a policy, without running",
		Long: `check names every problem of a suite, with line and column: keys, names, models and their files,
options, pipelines, datasets with their files and columns, and whether the rules of a policy fit
the variants. It opens models of ONNX Runtime and lists the datasets; it embeds nothing, decodes no
picture (fastclip datasets lint does), and starts no Python and no server.
What is unavailable on this machine, such as a GPU, is a note and no problem.

Exit status: 0 fine; 2 something is wrong.`,
		Example: `  fastclip check my-suite.yaml
  fastclip check my-suite.yaml --policy policy.yaml`,
		Args: cli.UsageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runCheck(cmd.Context(), e, args[0], policy, asJSON)
		},
	}
	cmd.Flags().StringVar(&policy, "policy", "", "also check this policy file")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}

func runCheck(ctx context.Context, e *cli.Env, name, policy string, asJSON bool) error {
	models, err := fastclip.Models()
	if err != nil {
		return err
	}
	found, err := check.Run(ctx, name, policy, encoders.Env{Models: models, Find: modelscmd.FindModel})
	if err != nil {
		return cli.WrongCall(err)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := found.Print(e.Stdout, asJSON); err != nil {
		return err
	}
	switch err := found.Err(); {
	case err == nil:
		return nil
	case asJSON:
		return cli.ExitError{Code: cli.ExitUsage}
	default:
		return cli.ExitError{Code: cli.ExitUsage, Err: err}
	}
}
