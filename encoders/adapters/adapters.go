// Package adapters starts encoders that live in Python: self-contained uv scripts that serve
// the Open Inference Protocol on a loopback port and end with who started them.
package adapters

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// ErrMissing marks an adapter that cannot start here: no uv, no package, no device.
var ErrMissing = errors.New("adapter cannot start")

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
		return nil, errors.Join(a.why(script, path, err), a.Close())
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
