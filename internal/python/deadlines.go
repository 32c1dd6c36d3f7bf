package python

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Deadlines of an adapter; 0 means the default.
type Deadlines struct {
	Start      time.Duration `yaml:"start"`       // until it is ready and has described its models: 10 minutes, for imports and compilation
	NoProgress time.Duration `yaml:"no_progress"` // of a call without an answer or a line on stdout or stderr: 5 minutes
	Wall       time.Duration `yaml:"wall"`        // from ready to its end: none
}

// WithDefaults replaces zeros by the defaults.
func (d Deadlines) WithDefaults() Deadlines {
	if d.Start == 0 {
		d.Start = 10 * time.Minute
	}
	if d.NoProgress == 0 {
		d.NoProgress = 5 * time.Minute
	}
	return d
}

// Given tells whether any of them is set.
func (d Deadlines) Given() bool { return d != Deadlines{} }

// Validate returns an error for a deadline that is too short.
func (d Deadlines) Validate() error {
	for _, x := range []struct {
		name string
		d    time.Duration
	}{{"start", d.Start}, {"no_progress", d.NoProgress}, {"wall", d.Wall}} {
		if x.d < 0 {
			return fmt.Errorf("deadline %s: %s: want a positive duration such as 5m", x.name, x.d)
		}
	}
	return nil
}

// deadlineError is a deadline that an adapter missed and was stopped for. It matches
// context.DeadlineExceeded, without its words.
type deadlineError struct{ text string }

func (e *deadlineError) Error() string        { return e.text }
func (e *deadlineError) Is(target error) bool { return target == context.DeadlineExceeded }

// late stops the adapter for a deadline. Errors name the first deadline that it missed.
func (a *Process) late(format string, args ...any) error {
	a.fate.CompareAndSwap(nil, &deadlineError{"adapter " + a.name + ": " + fmt.Sprintf(format, args...)})
	a.group.kill()
	return a.fate.Load()
}

// life counts everything that an adapter prints as a sign of life.
type life struct{ a *Process }

func (l life) Write(p []byte) (int, error) {
	l.a.progress.Store(time.Now().UnixNano())
	return len(p), nil
}

// wall stops an adapter that runs for too long.
func (a *Process) wall() {
	if a.deadlines.Wall == 0 {
		return
	}
	timer := time.NewTimer(a.deadlines.Wall)
	defer timer.Stop()
	select {
	case <-a.exited:
	case <-timer.C:
		_ = a.late("it has run for %s (deadline wall)", a.deadlines.Wall)
	}
}

// Call watches over a call to the adapter's server. The context ends when the adapter ends or makes no progress.
// done turns the call's error into what happened to the adapter. If a call exceeds its own time, the adapter is
// stopped, because it would go on computing for nobody.
func (a *Process) Call(ctx context.Context) (watched context.Context, done func(error) error) {
	watched, cancel := context.WithCancel(ctx)
	a.progress.Store(time.Now().UnixNano())
	go func() {
		defer cancel()
		for {
			left := a.deadlines.NoProgress - time.Since(time.Unix(0, a.progress.Load()))
			if left <= 0 {
				_ = a.late("no answer, and nothing printed, for %s (deadline no_progress)", a.deadlines.NoProgress)
				return
			}
			select {
			case <-time.After(left):
			case <-a.exited:
				select { // the answer may be on its way already
				case <-time.After(100 * time.Millisecond):
				case <-watched.Done():
				}
				return
			case <-watched.Done():
				return
			}
		}
	}()
	return watched, func(err error) error {
		cancel()
		switch {
		case err == nil:
			return nil
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			return a.Explain(a.late("no answer within the suite's timeout"))
		case ctx.Err() != nil:
			return err
		}
		return a.Explain(err)
	}
}

// Opening is Call for the requests that ask a server what it is. They have what is left of the deadline for the
// start, whatever the adapter prints meanwhile.
func (a *Process) Opening(ctx context.Context) (watched context.Context, done func(error) error) {
	within, cancel := context.WithDeadline(ctx, a.began.Add(a.deadlines.Start))
	watched, called := a.Call(within)
	return watched, func(err error) error {
		defer cancel()
		if err != nil && ctx.Err() == nil && within.Err() != nil {
			_ = a.late("it was ready, but did not describe its models within %s (deadline start)", a.deadlines.Start)
		}
		return called(err)
	}
}
