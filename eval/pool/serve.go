package pool

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/fastclip/fastclip/eval/tasks"
	"github.com/fastclip/fastclip/internal/cache"
)

// Speaker is the child's side of the talk. Everything written to it is a sign of life, and it passes one
// on from time to time.
type Speaker struct {
	mu   sync.Mutex
	to   io.Writer
	said time.Time
}

// NewSpeaker talks to a pool.
func NewSpeaker(to io.Writer) *Speaker { return &Speaker{to: to} }

func (s *Speaker) Write(p []byte) (int, error) {
	s.mu.Lock()
	soon := time.Since(s.said) < time.Second
	s.mu.Unlock()
	if soon {
		return len(p), nil
	}
	return len(p), s.say(Reply{})
}

// At tells the pool that the child is alive.
func (s *Speaker) At(string, string, time.Duration) { _, _ = s.Write(nil) }

func (s *Speaker) say(r Reply) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = time.Now()
	_, err = fmt.Fprintf(s.to, "\n%s\n", line) // on its own line, whatever a library has printed before
	return err
}

// Serve takes orders until there are no more.
func (s *Speaker) Serve(ctx context.Context, orders io.Reader, do func(ctx context.Context, t tasks.Task, trial bool) (tasks.Done, error)) error {
	lines := bufio.NewReader(orders)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var o Order
		if err := json.Unmarshal(line, &o); err != nil {
			return fmt.Errorf("this worker cannot read its order: %w", err)
		}
		done, err := do(ctx, o.Task, o.Trial)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		reply := Reply{Done: &done}
		if err != nil {
			reply = Reply{Error: err.Error(), Elsewhere: errors.Is(err, tasks.ErrElsewhere), Differs: errors.Is(err, cache.ErrDiffers)}
		}
		if err := s.say(reply); err != nil {
			return err
		}
	}
}
