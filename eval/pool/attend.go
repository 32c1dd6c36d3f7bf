package pool

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"sync"
	"time"
)

// Attended is a process that is let do all of its work, and watched.
type Attended struct {
	Command *exec.Cmd
	Stderr  io.Writer
	Stop    func() os.Signal // how the process is told to stop when the context ends
	Hangs   func() string    // why it is ended now, though it runs; empty: it is not
}

// hangsEvery is how often it is asked.
const hangsEvery = 500 * time.Millisecond

// Attend runs the process to its end. The exit status counts unless something has killed it: how is that then, and
// last what it said at its end.
func (a Attended) Attend(ctx context.Context) (code int, how string, last []byte, err error) {
	said := &lastLine{to: a.Stderr, keep: mostLast}
	cmd := a.Command
	cmd.Stderr = said
	cmd.WaitDelay = time.Second // of what it started, and what has its stderr
	dieTogether(cmd)
	started, ended := make(chan error, 1), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // dieTogether depends on the thread that starts
		err := cmd.Start()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return 0, "", nil, err
	}
	tick := time.NewTicker(hangsEvery)
	defer tick.Stop()
	why, stop := "", ctx.Done()
	for {
		select {
		case err := <-ended:
			return said.ending(cmd, err, why)
		case <-stop:
			stop = nil
			_ = cmd.Process.Signal(a.Stop()) // it may be over
		case <-tick.C:
			if why == "" && stop != nil {
				if why = a.Hangs(); why != "" {
					endGroup(cmd)
				}
			}
		}
	}
}

// goCrash is the exit status of a program in Go that crashed, unless GOTRACEBACK has it end by a signal.
const goCrash = 2

// mostLast are the bytes that are kept of what a process says at its end.
const mostLast = 1 << 18

func (l *lastLine) ending(cmd *exec.Cmd, err error, why string) (code int, how string, last []byte, _ error) {
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		return 0, "", nil, err
	}
	l.mu.Lock()
	dying := l.dying && cmd.ProcessState.ExitCode() == goCrash
	l.mu.Unlock()
	if code = cmd.ProcessState.ExitCode(); code >= 0 && !dying {
		return code, "", nil, nil
	}
	if why == "" {
		why = "its process ended (" + cmd.ProcessState.String() + ")"
	}
	if text := l.text(); text != "" {
		why += ": " + text
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return -1, why, bytes.Clone(l.kept), nil
}

// lastLine passes on what is written, and keeps the first line that looks like the reason of a crash, or else the last.
type lastLine struct {
	mu       sync.Mutex
	to       io.Writer
	last     string
	telling  string
	dying    bool
	unfolded []byte
	keep     int    // bytes
	kept     []byte // from the telling line on
}

// telling begins lines that say why a process died; ending those after which it is dying.
var (
	ending  = regexp.MustCompile(`^(panic: |fatal error: |SIG[A-Z]+: |terminate called)`)
	telling = regexp.MustCompile(ending.String() + `|Assertion .*failed|\[E:onnxruntime`)
)

func (l *lastLine) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unfolded = append(l.unfolded, p...)
	for {
		line, rest, whole := bytes.Cut(l.unfolded, []byte("\n"))
		if !whole {
			break
		}
		l.unfolded = rest
		l.line(string(bytes.TrimSpace(line)))
	}
	if at := bytes.LastIndexByte(l.unfolded, '\r'); at >= 0 {
		l.unfolded = l.unfolded[at:] // a line that is written over
	}
	if l.dying || ending.Match(l.unfolded) { // the rest is where it was
		l.kept = append(l.kept, p[:min(len(p), max(0, l.keep-len(l.kept)))]...)
		return len(p), nil
	}
	return l.to.Write(p)
}

func (l *lastLine) line(line string) {
	if (l.telling == "" || !l.dying && ending.MatchString(line)) && telling.MatchString(line) {
		l.telling, l.dying = line, ending.MatchString(line)
	}
	if line != "" {
		l.last = line
	}
}

func (l *lastLine) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.telling != "" {
		return l.telling
	}
	return l.last
}
