package cli

import (
	"errors"
	"fmt"

	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/suggest"
	"github.com/spf13/cobra"
)

// KnownCommand refuses an argument where only the name of a subcommand is allowed.
func KnownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var known []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			known = append(known, c.Name())
		}
	}
	return WrongCall(fmt.Errorf("unknown command %q for %q%s", args[0], cmd.CommandPath(), suggest.Hint(args[0], known)))
}

// UsageError is a wrong call: exit code 2.
type UsageError struct{ err error }

// WrongCall marks an error as a wrong call.
func WrongCall(err error) error { return UsageError{err} }

func (e UsageError) Error() string { return e.err.Error() }

func (e UsageError) Unwrap() error { return e.err }

// ExitError sets the exit code. If err is nil, nothing more is printed.
type ExitError struct {
	Code int
	Err  error
}

func (e ExitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit status %d", e.Code)
	}
	return e.Err.Error()
}

func (e ExitError) Unwrap() error { return e.Err }

// WrongFile marks a suite or policy that cannot be used. It counts as a wrong call, but the error does not point to the help on flags.
func WrongFile(err error) error {
	if unknown := (suite.UnknownError{}); errors.As(err, &unknown) {
		return WrongCall(err)
	}
	return ExitError{Code: ExitUsage, Err: err}
}

// SuiteOf is the suite that an optional argument names, or the default one.
func SuiteOf(args []string) string {
	if len(args) == 1 {
		return args[0]
	}
	return "default"
}

// UsageArgs turns the error of an argument check into a usage error.
func UsageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return WrongCall(err)
		}
		return nil
	}
}
