package adapters

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"github.com/fastclip/fastclip/internal/native"
)

// RunTool runs a script to its end, such as export.py. Other than Start it lets uv fetch the
// packages that are missing: it is for commands that say so. The script's stderr, with uv's
// progress, goes to stderr as it comes.
func RunTool(ctx context.Context, script string, stdout, stderr io.Writer, args ...string) error {
	path, _, err := place(script)
	if err != nil {
		return err
	}
	python, _ := pythonFor(script)
	command := []string{python, path}
	if python == "" {
		uv, err := native.Find("uv")
		if err != nil {
			return fmt.Errorf("%w: %w", ErrMissing, err)
		}
		command = []string{uv, "run", "--script", path}
	}
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], args...)...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	ownGroup(cmd)
	cmd.Cancel = func() error { killGroup(cmd); return nil } // uv and the Python it started
	cmd.WaitDelay = 5 * time.Second
	err = cmd.Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return fmt.Errorf("%s: %w: its last lines on stderr say why", script, err)
	}
	return err
}
