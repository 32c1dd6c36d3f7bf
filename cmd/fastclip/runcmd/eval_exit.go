package runcmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
)

// noRun gives an error of eval its exit status. One that has none yet befell the run as a whole: no
// run was written.
func noRun(ctx context.Context, err error) error {
	var usage cli.UsageError
	var exit cli.ExitError
	switch {
	case err == nil || errors.As(err, &exit) || errors.As(err, &usage):
		return err
	case ctx.Err() != nil: // whatever the error is of, the signal is its cause
		return errStopped{}
	}
	return cli.ExitError{Code: cli.ExitNothing, Err: err}
}

// errStopped is the error of a run that a signal ended: context.Canceled in the user's words.
type errStopped struct{}

func (errStopped) Error() string { return "stopped; the same command goes on from here" }

func (errStopped) Unwrap() error { return context.Canceled }

// clearRunFile removes what an earlier run left in the file that will name this one.
func clearRunFile(path string) error {
	if path == "" || cli.Special(path) {
		return nil
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return fmt.Errorf("--run-file: %s is not a folder that a file can be written to", filepath.Dir(path))
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("--run-file: %w: it names an earlier run", err)
	}
	return nil
}

// nameRun writes the folder of a finished run for scripts.
func nameRun(path, dir string) error {
	if path == "" {
		return nil
	}
	if err := cli.ReplaceFile(path, []byte(dir+"\n")); err != nil {
		return fmt.Errorf("--run-file: %w: the run is in %s", err, dir)
	}
	return nil
}

// ownFolder refuses the link to the newest run as the folder of another: it would write over that run,
// and every later run would move the name.
func ownFolder(out string) error {
	info, err := os.Lstat(filepath.Clean(out))
	if filepath.Base(filepath.Clean(out)) != "latest" || (err == nil && info.Mode()&fs.ModeSymlink == 0) {
		return nil
	}
	return fmt.Errorf("--out %s: latest is the name of the link to the newest run, which eval moves itself: give the run a folder of its own, or leave out --out", out)
}
