package runcmd

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/stretchr/testify/assert"
)

// TestNoRun: an error of the whole run has exit status 3, unless the error has a status or a signal caused it.
func TestNoRun(t *testing.T) {
	ended, cancel := context.WithCancelCause(context.Background())
	cancel(cli.StoppedBy(syscall.SIGTERM))
	full := fmt.Errorf("write scores.parquet: %w", syscall.ENOSPC)
	code := func(err error) int {
		var exit cli.ExitError
		if errors.As(err, &exit) {
			return exit.Code
		}
		return -1
	}
	assert.NoError(t, noRun(t.Context(), nil))
	assert.Equal(t, cli.ExitNothing, code(noRun(t.Context(), full)))
	assert.Equal(t, cli.ExitFailures, code(noRun(t.Context(), cli.ExitError{Code: cli.ExitFailures})))
	assert.ErrorAs(t, noRun(t.Context(), cli.WrongCall(full)), &cli.UsageError{})
	assert.ErrorIs(t, noRun(ended, full), context.Canceled)
	assert.ErrorIs(t, noRun(t.Context(), full), syscall.ENOSPC)
}
