package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/fastclip/fastclip/cmd/fastclip/benchcmd"
	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/cmd/fastclip/datasetscmd"
	"github.com/fastclip/fastclip/cmd/fastclip/judgecmd"
	"github.com/fastclip/fastclip/cmd/fastclip/modelscmd"
	"github.com/fastclip/fastclip/cmd/fastclip/runcmd"
	"github.com/fastclip/fastclip/cmd/fastclip/stepcmd"
	"github.com/fastclip/fastclip/internal/isa"
	"github.com/fastclip/fastclip/internal/redact"
	"github.com/spf13/cobra"
)

// run is main without access to the process. It returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	stderr = redact.Writer(stderr)
	root := newRootCmd(&cli.Env{Stdin: stdin, Stdout: stdout, Stderr: stderr})
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return cli.ExitDone
	}
	code := cli.ExitFailures
	var usage cli.UsageError
	var exit cli.ExitError
	switch {
	case errors.As(err, &exit) && exit.Err == nil: // the command has printed everything
		return exit.Code
	case ctx.Err() != nil: // whatever the error says, the signal caused it
		code = cli.ExitSignal + cli.SignalOf(ctx)
		if err.Error() == context.Canceled.Error() {
			err = context.Cause(ctx) // says in words which signal
		}
	case errors.As(err, &exit):
		code = exit.Code
	case errors.As(err, &usage):
		code = cli.ExitUsage
	}
	fmt.Fprintf(stderr, "fastclip: %v\n", err)
	if errors.As(err, &usage) {
		fmt.Fprintln(stderr, "run 'fastclip --help' or 'fastclip COMMAND --help' for usage")
	}
	return code
}

func newRootCmd(e *cli.Env) *cobra.Command {
	root := &cobra.Command{
		Use:   "fastclip",
		Short: "accuracy, drift and speed of CLIP encoder variants",
		Long: `fastclip runs labelled image sets through CLIP encoder variants and reports what
each variant scores, how far it has drifted from a reference, and how fast it is.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cli.KnownCommand,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if err := isa.Check(); err != nil {
				return cli.WrongCall(err)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(e.Stdin)
	root.SetOut(e.Stdout)
	root.SetErr(e.Stderr)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return cli.WrongCall(err) })
	root.AddCommand(
		// one line per command, in the order of DESIGN.md
		runcmd.NewEvalCmd(e),
		runcmd.NewWorkCmd(e),
		runcmd.NewCheckCmd(e),
		judgecmd.NewReportCmd(e),
		judgecmd.NewCompareCmd(e),
		judgecmd.NewGateCmd(e),
		judgecmd.NewBaselineCmd(e),
		judgecmd.NewExplainCmd(e),
		judgecmd.NewHistoryCmd(e),
		stepcmd.NewScoreCmd(e),
		benchcmd.NewBenchCmd(e),
		stepcmd.NewEncodeCmd(e),
		stepcmd.NewPreprocessCmd(e),
		stepcmd.NewTokenizeCmd(e),
		modelscmd.NewModelsCmd(e),
		datasetscmd.NewDatasetsCmd(e),
		stepcmd.NewDoctorCmd(e),
		stepcmd.NewSetupCmd(e),
		runcmd.NewSchemaCmd(e),
		newVersionCmd(e),
		newCompletionCmd(e),
		newManCmd(),
	)
	cli.SpeakAlike(e, root)
	return root
}
