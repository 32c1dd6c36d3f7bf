// Package adapters starts encoders that live in Python: self-contained uv scripts that serve
// the Open Inference Protocol on a loopback port and end with who started them.
package adapters

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/fastclip/fastclip/internal/native"
)

//go:embed *.py
var scripts embed.FS

// ErrMissing marks an adapter that cannot start here: no uv, no package, no device.
var ErrMissing = errors.New("adapter cannot start")

// pythonEnv names a Python that has the packages already; then uv is not asked.
const pythonEnv = "FASTCLIP_PYTHON"

// Adapter is a running adapter.
type Adapter struct {
	URL    string // of its server
	Token  string // which it wants as a bearer token
	SHA256 string // of the script

	cmd    *exec.Cmd
	stdin  io.Closer
	stderr *tail
	exited chan struct{}
	once   sync.Once
}

// Start starts the script of that name ("torch_mini.py") and waits until it is ready, at most
// wait. Packages are never downloaded: what uv has not in its cache is ErrMissing, with the
// command that fetches it.
func Start(ctx context.Context, script string, wait time.Duration, args ...string) (*Adapter, error) {
	path, sum, err := place(script)
	if err != nil {
		return nil, err
	}
	command, err := commandFor(path)
	if err != nil {
		return nil, err
	}
	a := &Adapter{SHA256: sum, Token: rand.Text(), stderr: &tail{}, exited: make(chan struct{})}
	a.cmd = exec.Command(command[0], append(command[1:], args...)...)
	a.cmd.Env = append(os.Environ(), "FASTCLIP_TOKEN="+a.Token)
	a.cmd.Stderr = a.stderr
	ownGroup(a.cmd)
	if a.stdin, err = a.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	// A pipe of our own: the command's would be closed by Wait under the reader.
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	a.cmd.Stdout = in
	err = a.cmd.Start()
	err = errors.Join(err, in.Close())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s: %w", ErrMissing, command[0], err), out.Close())
	}
	go func() {
		_ = a.cmd.Wait() // the reason is in what it wrote to stderr
		close(a.exited)
	}()
	if a.URL, err = a.ready(ctx, out, wait); err != nil {
		err = fmt.Errorf("%w: %s: %w%s", ErrMissing, script, a.Explain(err), a.mend(path))
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// ready reads the line that says where the server is.
func (a *Adapter) ready(ctx context.Context, out *os.File, wait time.Duration) (string, error) {
	lines := make(chan string, 1)
	go func() {
		defer out.Close()
		line, _ := bufio.NewReader(out).ReadString('\n') // an end without a line is seen as the exit
		lines <- line
		_, _ = io.Copy(io.Discard, out) // whatever else it prints must not block it
	}()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case line := <-lines:
		if url, ok := strings.CutPrefix(strings.TrimSpace(line), "ready "); ok {
			return url, nil
		}
		select { // give its last words on stderr time to arrive
		case <-a.exited:
		case <-time.After(time.Second):
		}
		if line == "" {
			return "", errors.New("it gave no URL")
		}
		return "", fmt.Errorf("it printed %q instead of its URL", line)
	case <-timer.C:
		return "", fmt.Errorf("not ready within %s", wait)
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Explain adds to an error what the adapter has to do with it: that it has ended, and the last
// that it wrote to stderr.
func (a *Adapter) Explain(err error) error {
	select {
	case <-a.exited:
		return fmt.Errorf("%w (the adapter has ended: %s%s)", err, a.cmd.ProcessState, a.stderr)
	case <-time.After(100 * time.Millisecond): // a crash is seen by the connection first
		return fmt.Errorf("%w%s", err, a.stderr)
	}
}

// Close ends the adapter: it is asked by the end of its stdin, then killed with all that it
// started. No process is left after it.
func (a *Adapter) Close() error {
	a.once.Do(func() {
		_ = a.stdin.Close() // a broken pipe means that it has ended
		select {
		case <-a.exited:
		case <-time.After(3 * time.Second):
		}
		killGroup(a.cmd)
		<-a.exited
	})
	return nil
}

// place writes a script where uv finds it under the same path again, for uv keeps a script's
// environment by its path.
func place(name string) (path, sum string, err error) {
	data, err := scripts.ReadFile(name)
	if err != nil {
		return "", "", fmt.Errorf("adapter %s: %w", name, err)
	}
	h := sha256.Sum256(data)
	sum = hex.EncodeToString(h[:])
	home, err := os.UserCacheDir()
	if err != nil {
		home = os.TempDir()
	}
	path = filepath.Join(home, "fastclip", "adapters", sum[:12], name)
	if old, err := os.ReadFile(path); err == nil && string(old) == string(data) {
		return path, sum, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", "", fmt.Errorf("adapter %s: %w", name, err)
	}
	tmp := path + "." + rand.Text() + ".tmp"
	if err := os.WriteFile(tmp, data, 0o644); err != nil {
		return "", "", fmt.Errorf("adapter %s: %w", name, err)
	}
	return path, sum, os.Rename(tmp, path)
}

func commandFor(path string) ([]string, error) {
	if python := os.Getenv(pythonEnv); python != "" {
		return []string{python, path}, nil
	}
	uv, err := native.Find("uv")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMissing, err)
	}
	return []string{uv, "run", "--offline", "--quiet", "--script", path}, nil
}

// noDevice is the exit status of an adapter that misses a device.
const noDevice = 3

// mend is what helps an adapter that has ended at once, most likely without its packages.
func (a *Adapter) mend(path string) string {
	select {
	case <-a.exited:
	default:
		return ""
	}
	switch {
	case a.cmd.ProcessState.ExitCode() == noDevice:
		return ""
	case os.Getenv(pythonEnv) != "":
		return fmt.Sprintf("; when packages are missing, install into %s what the head of %s names", pythonEnv, path)
	}
	return fmt.Sprintf("; when packages are missing, fetch them once with: uv run --script %s --help", path)
}
