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

// Attended is a process that does all of its work while it is watched.
type Attended struct {
	Command *exec.Cmd
	Stderr  io.Writer
	Stop    func() os.Signal // the signal that stops the process when the context ends
	Hangs   func() string    // why a running process must be ended now; empty when it need not be
}

// hangsEvery is how often Hangs is called.
const hangsEvery = 500 * time.Millisecond

// Attend runs the process to its end. The exit status counts unless something killed the process. In that
// case how says what, and last is the end of its output.
func (a Attended) Attend(ctx context.Context) (code int, how string, last []byte, err error) {
	said := &lastLine{to: a.Stderr, keep: mostLast}
	cmd := a.Command
	cmd.Stderr = said
	cmd.WaitDelay = time.Second // for children of the process, and for holders of its stderr
	dieTogether(cmd)
	started, ended := make(chan error, 1), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // dieTogether depends on the thread that starts the process
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
			_ = cmd.Process.Signal(a.Stop()) // the process may have ended
		case <-tick.C:
			if why == "" && stop != nil {
				if why = a.Hangs(); why != "" {
					endGroup(cmd)
				}
			}
		}
	}
}

// goCrash is the exit status of a Go program that crashed, unless GOTRACEBACK makes it end by a signal.
const goCrash = 2

// mostLast is the number of bytes that are kept from the end of a process's output.
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

// lastLine passes on what is written. It keeps the first line that looks like the reason of a crash, or
// else the last line.
type lastLine struct {
	mu       sync.Mutex
	to       io.Writer
	last     string
	telling  string
	dying    bool
	unfolded []byte
	keep     int    // in bytes
	kept     []byte // from the telling line on
}

// telling matches the beginning of lines that say why a process died. ending matches lines after which a
// process is dying.
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
		l.unfolded = l.unfolded[at:] // the line is overwritten
	}
	if l.dying || ending.Match(l.unfolded) { // the rest says where it died
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
