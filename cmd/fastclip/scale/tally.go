package scale

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/fastclip/fastclip/eval/tasks"
)

// tally tells how far the tasks are.
type tally struct {
	mu         sync.Mutex
	to         io.Writer
	started    time.Time
	ready, all int
	items      int
	core       float64 // seconds
}

func newTally(to io.Writer, all int) *tally { return &tally{to: to, all: all, started: time.Now()} }

func (t *tally) done(d tasks.Done) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ready++
	t.items, t.core = t.items+d.Items, t.core+d.CPU
	passed := time.Since(t.started)
	left := passed / time.Duration(t.ready) * time.Duration(t.all-t.ready)
	fmt.Fprintf(t.to, "tasks: %d of %d done (%s by %s), %d items, %.0f a second, %.3f core hours, about %s left\n",
		t.ready, t.all, d.Task, d.Host, t.items, float64(t.items)/max(passed.Seconds(), 1e-3), t.core/3600, left.Round(time.Second))
}
