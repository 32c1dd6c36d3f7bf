package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/isa"
	"github.com/fastclip/fastclip/internal/redact"
)

// Exit codes of the command line; DESIGN.md fixes them.
const (
	exitDone     = 0
	exitFailures = 1 // done, but something named on stderr failed
	exitUsage    = 2
	exitNothing  = 3   // nothing was written
	exitSignal   = 128 // and the signal's number: stopped by it
)

// env is what a command may touch of its process.
type env struct {
	stdin          io.Reader
	stdout, stderr io.Writer
}

// usageError is a wrong call: exit code 2.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// exitError carries another exit code; a nil err prints nothing more.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.code)
	}
	return e.err.Error()
}
func (e exitError) Unwrap() error { return e.err }

// wrongFile is a suite or a policy that cannot be used: a wrong call, which no help on flags mends.
func wrongFile(err error) error {
	if unknown := (suite.UnknownError{}); errors.As(err, &unknown) {
		return usageError{err}
	}
	return exitError{code: exitUsage, err: err}
}

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	stderr = redact.Writer(stderr)
	root := newRootCmd(&env{stdin: stdin, stdout: stdout, stderr: stderr})
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	code := exitFailures
	var usage usageError
	var exit exitError
	switch {
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		code = exitSignal + signalOf(ctx)
	case errors.As(err, &exit):
		code = exit.code
		if exit.err == nil {
			return code
		}
	case errors.As(err, &usage):
		code = exitUsage
	}
	fmt.Fprintf(stderr, "fastclip: %v\n", err)
	if errors.As(err, &usage) {
		fmt.Fprintln(stderr, "run 'fastclip --help' or 'fastclip COMMAND --help' for usage")
	}
	return code
}

// stopped is the cause of a context that a signal ended.
type stopped struct{ signal syscall.Signal }

func (s stopped) Error() string { return "stopped by " + s.signal.String() }

// signalOf is the number of the signal that ended a context, Ctrl-C's where nobody says.
func signalOf(ctx context.Context) int {
	var s stopped
	if errors.As(context.Cause(ctx), &s) {
		return int(s.signal)
	}
	return int(syscall.SIGINT)
}

func newRootCmd(e *env) *cobra.Command {
	root := &cobra.Command{
		Use:   "fastclip",
		Short: "accuracy, drift and speed of CLIP encoder variants",
		Long: `fastclip runs labelled image sets through CLIP encoder variants and reports what
each variant scores, how far it has drifted from a reference, and how fast it is.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if err := isa.Check(); err != nil {
				return usageError{err}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(e.stdin)
	root.SetOut(e.stdout)
	root.SetErr(e.stderr)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(
		// one line a command, in the order of DESIGN.md
		newEvalCmd(e),
		newCheckCmd(e),
		newReportCmd(e),
		newCompareCmd(e),
		newGateCmd(e),
		newBaselineCmd(e),
		newExplainCmd(e),
		newHistoryCmd(e),
		newScoreCmd(e),
		newBenchCmd(e),
		newEncodeCmd(e),
		newPreprocessCmd(e),
		newTokenizeCmd(e),
		newModelsCmd(e),
		newDatasetsCmd(e),
		newDoctorCmd(e),
		newVersionCmd(e),
		newCompletionCmd(e),
	)
	return root
}

// usageArgs makes an argument check's failure a usage error.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{err}
		}
		return nil
	}
}
