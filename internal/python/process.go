// Package python starts other processes on this machine, mostly uv scripts. They are servers on a loopback port,
// which end with the process that started them, and tools that run to their end.
package python

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// ErrMissing marks an adapter that cannot start here: no uv, no package, no device.
var ErrMissing = errors.New("adapter cannot start")

// tokenVariable is where an adapter finds its bearer token. The token also identifies the processes that
// the adapter started.
const tokenVariable = "FASTCLIP_TOKEN"

// Command is an adapter to start. It is a script of this program, or another program, that prints "ready
// URL" and serves there until its stdin ends. It should require the bearer token in $FASTCLIP_TOKEN. Exit
// status 3 means that it cannot run here, and its last line on stderr says why.
type Command struct {
	Script    Script
	Program   []string // and its arguments; a .py file is run by uv
	Args      []string // of Script
	Dir       string   // folder in which Program runs and in which its relative path is looked up; "" is the current one
	Deadlines Deadlines
	Stderr    io.Writer // receives everything that it writes to stderr; may be nil
}

// Process is a running adapter.
type Process struct {
	URL    string // of its server
	Token  string // the bearer token that it requires
	SHA256 string // of the script or program

	name      string
	cmd       *exec.Cmd
	group     *group
	stdin     io.Closer
	stderr    *tail
	exited    chan struct{}
	once      sync.Once
	deadlines Deadlines
	began     time.Time
	progress  atomic.Int64 // time of its last sign of life, in nanoseconds since 1970
	fate      atomic.Pointer[deadlineError]
}

// Start starts an adapter and waits until it is ready. It never downloads packages. If uv's cache lacks
// one, the error is ErrMissing, with the command that fetches it. If the adapter is not ready in time, the
// error is context.DeadlineExceeded.
func Start(ctx context.Context, c Command) (*Process, error) {
	f, err := c.find()
	if err != nil {
		return nil, err
	}
	token := rand.Text()
	a := &Process{name: f.name, SHA256: f.sum, Token: token, stderr: &tail{secrets: []string{token}}, exited: make(chan struct{}), deadlines: c.Deadlines.WithDefaults(), began: time.Now()}
	out, err := a.start(f.command, c.Dir, c.Stderr)
	if err != nil {
		return nil, err
	}
	if a.URL, err = a.ready(ctx, out); err != nil {
		switch {
		case a.fate.Load() != nil:
			err = a.Explain(err)
		case ctx.Err() == nil:
			err = a.why(f, c.Script.Name != "", err)
		}
		return nil, errors.Join(err, a.Close())
	}
	go a.wall()
	return a, nil
}

// Name is the name of the script or program.
func (a *Process) Name() string { return a.name }

// start starts the process, in a group of its own for everything that may be left of it. It returns the
// stdout of the process.
func (a *Process) start(command []string, dir string, stderr io.Writer) (*os.File, error) {
	var err error
	a.cmd = exec.Command(command[0], command[1:]...)
	a.cmd.Dir = dir
	a.cmd.Env = append(environment(), tokenVariable+"="+a.Token)
	a.cmd.Stderr = io.MultiWriter(a.stderr, life{a})
	if stderr != nil {
		a.cmd.Stderr = io.MultiWriter(a.stderr, life{a}, stderr)
	}
	a.cmd.WaitDelay = 2 * time.Second // its children may hold its stderr
	if a.stdin, err = a.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	// Use a separate pipe, because Wait would close the command's own while it is being read.
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	a.cmd.Stdout = in
	if a.group, err = newGroup(a.Token); err != nil {
		return nil, errors.Join(err, in.Close(), out.Close())
	}
	a.group.join(a.cmd)
	err = a.cmd.Start()
	if err = errors.Join(err, in.Close()); err != nil {
		a.group.kill()
		return nil, errors.Join(fmt.Errorf("%w: %s: %w", ErrMissing, command[0], err), out.Close())
	}
	go func() {
		_ = a.cmd.Wait() // what it wrote to stderr gives the reason
		close(a.exited)
	}()
	return out, nil
}

// maxLine is longer than any URL.
const maxLine = 4096

// ready reads the line that says where the server is.
func (a *Process) ready(ctx context.Context, out *os.File) (string, error) {
	lines := make(chan string, 1)
	go func() {
		defer out.Close()
		r := bufio.NewReaderSize(out, maxLine)
		line, err := r.ReadSlice('\n') // an end without a line shows as the exit
		lines <- string(line)
		if errors.Is(err, bufio.ErrBufferFull) {
			return // nobody reads the rest of an endless line
		}
		_, _ = io.Copy(life{a}, r) // other output must not block it
	}()
	timer := time.NewTimer(a.deadlines.Start)
	defer timer.Stop()
	exited := a.exited
	for {
		select {
		case line := <-lines:
			return a.address(line)
		case <-exited: // its children may still hold its stdout
			if exited = nil; a.cmd.ProcessState.Success() {
				continue // one of them may be the server
			}
			select {
			case line := <-lines:
				return a.address(line)
			case <-time.After(100 * time.Millisecond):
				return "", errors.New("it printed no URL")
			}
		case <-timer.C:
			return "", a.late("not ready within %s (deadline start)", a.deadlines.Start)
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// address is the URL in the line that an adapter has printed.
func (a *Process) address(line string) (string, error) {
	if at, ok := strings.CutPrefix(strings.TrimSpace(line), "ready "); ok {
		return at, here(at)
	}
	select { // give its last words on stderr time to arrive
	case <-a.exited:
	case <-time.After(time.Second):
	}
	if line == "" {
		return "", errors.New("it printed no URL")
	}
	if len(line) == maxLine {
		return "", fmt.Errorf("instead of its URL it printed %d bytes without a line break, which begin with %.40q", maxLine, line)
	}
	return "", fmt.Errorf("it printed %.200q instead of its URL", line)
}

// here rejects the address of another machine, which would receive the token and the pictures.
func here(at string) error {
	u, err := url.Parse(at)
	if err != nil || u.Host == "" {
		return nil // its client says so
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsUnspecified()) {
		return nil
	}
	return fmt.Errorf("it says that it serves at %.100q: want an address of this machine, such as http://127.0.0.1:PORT; a server elsewhere is named with url", u.Host)
}

// PID is the started process. The encoder may be a child of it.
func (a *Process) PID() int { return a.cmd.Process.Pid }

// Explain adds the adapter's part to an error: that it was stopped or has ended, and its last words on
// stderr.
func (a *Process) Explain(err error) error {
	if late := a.fate.Load(); late != nil {
		return fmt.Errorf("%w%s", late, a.stderr)
	}
	patience := 100 * time.Millisecond // the connection notices a crash first
	if cutOff(err) {
		patience = 3 * time.Second // a busy machine may take long to report its end
	}
	select {
	case <-a.exited:
		return fmt.Errorf("%w (the adapter has ended: %s%s)", err, a.cmd.ProcessState, a.stderr)
	case <-time.After(patience):
		return fmt.Errorf("%w%s", err, a.stderr)
	}
}

// cutOff tells whether an error is about a connection that ended before its answer did.
func cutOff(err error) bool {
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.ECONNREFUSED, syscall.EPIPE} {
		if errors.Is(err, end) {
			return true
		}
	}
	return false
}

// Close ends the adapter. It closes the adapter's stdin, and then kills the adapter with everything that
// it started. No process is left.
func (a *Process) Close() error {
	a.once.Do(func() {
		_ = a.stdin.Close() // a broken pipe means that it has ended
		wait := 3 * time.Second
		if a.fate.Load() != nil {
			wait = 0
		}
		select {
		case <-a.exited:
		case <-time.After(wait):
		}
		a.group.kill()
		<-a.exited
		a.group.reap()
	})
	return nil
}
