package python

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/fastclip/fastclip/internal/native"
)

// RunTool runs a script, such as export.py, to its end. Unlike Start it lets uv fetch missing packages, so only commands that say so use it. The script's
// stderr, including uv's progress, is passed on at once.
func RunTool(ctx context.Context, script Script, stdout, stderr io.Writer, args ...string) error {
	path, _, err := place(script)
	if err != nil {
		return err
	}
	python, variable := pythonFor(script.Name)
	command := []string{python, path}
	if python == "" {
		uv, err := native.Find("uv")
		if err != nil {
			return fmt.Errorf("%w: %w", ErrMissing, err)
		}
		command = []string{uv, "run", "--script", path}
	}
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], args...)...)
	cmd.Env = environment()
	said := &tail{}
	cmd.Stdout, cmd.Stderr = stdout, io.MultiWriter(stderr, said)
	ownGroup(cmd)
	cmd.Cancel = func() error { killGroup(cmd); return nil } // kills uv and the Python that it started
	cmd.WaitDelay = 5 * time.Second
	err = cmd.Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil {
		return nil
	}
	last := said.last()
	if last == "" {
		last = err.Error() // it did not start, or printed nothing
	}
	if python != "" {
		if strings.Contains(last, "No module named") || !errors.As(err, new(*exec.ExitError)) {
			last += fmt.Sprintf(": set $%s, which is %s, to a Python with the packages that the head of %s names", variable, python, path)
		}
	} else if reason := said.uv(); reason != "" {
		last = fmt.Sprintf("uv cannot fetch its packages: %s: let uv reach a package index ($UV_DEFAULT_INDEX, $HTTPS_PROXY, no $UV_OFFLINE) and call this again, or let $%s name a Python that has what the head of %s names",
			reason, variableFor(script.Name), path)
	}
	return fmt.Errorf("%s: %s", script.Name, last)
}
