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

// noRun gives an error of eval its exit status. An error without one concerns the whole run: no run was written.
func noRun(ctx context.Context, err error) error {
	var usage cli.UsageError
	var exit cli.ExitError
	switch {
	case err == nil || errors.As(err, &exit) || errors.As(err, &usage):
		return err
	case ctx.Err() != nil: // whatever the error says, the signal caused it
		return errStopped{}
	}
	return cli.ExitError{Code: cli.ExitNothing, Err: err}
}

// errStopped is context.Canceled in plain words, for a run that a signal ended.
type errStopped struct{}

func (errStopped) Error() string { return "stopped: run the same command again to continue" }

func (errStopped) Unwrap() error { return context.Canceled }

// clearRunFile removes the file that an earlier run wrote, before this run writes it.
func clearRunFile(path string) error {
	if path == "" || cli.Special(path) {
		return nil
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return fmt.Errorf("--run-file: %s is not a folder", filepath.Dir(path))
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("--run-file: cannot remove the file, which names an earlier run: %w", err)
	}
	return nil
}

// nameRun writes the folder of a finished run to a file for scripts.
func nameRun(path, dir string) error {
	if path == "" {
		return nil
	}
	if err := cli.ReplaceFile(path, []byte(dir+"\n")); err != nil {
		return fmt.Errorf("--run-file: %w: the run is in %s", err, dir)
	}
	return nil
}

// ownFolder refuses the link to the newest run as an output folder. Writing there would overwrite that run, and every later run moves the link.
func ownFolder(out string) error {
	info, err := os.Lstat(filepath.Clean(out))
	if filepath.Base(filepath.Clean(out)) != "latest" || (err == nil && info.Mode()&fs.ModeSymlink == 0) {
		return nil
	}
	return fmt.Errorf("--out %s: latest is the name of the link to the newest run, which eval moves itself: give the run a folder of its own, or leave out --out", out)
}
