package scale

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/fastclip/fastclip/eval/tasks"
)

// tally reports the progress of the tasks.
type tally struct {
	mu         sync.Mutex
	to         io.Writer
	started    time.Time
	ready, all int
	items      int
	core       float64 // core seconds
	by         map[string]tasks.Spent
}

func newTally(to io.Writer, all int) *tally {
	return &tally{to: to, all: all, started: time.Now(), by: map[string]tasks.Spent{}}
}

func (t *tally) done(d tasks.Done) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ready++
	t.items, t.core = t.items+d.Items, t.core+d.CPU
	for name, spent := range d.By {
		t.by[name] = t.by[name].Add(spent)
	}
	passed := time.Since(t.started)
	left := passed / time.Duration(t.ready) * time.Duration(t.all-t.ready)
	fmt.Fprintf(t.to, "tasks: %d of %d done (%s by %s), %d items, %.0f a second, %.3f core hours, about %s left\n",
		t.ready, t.all, d.Task, d.Host, t.items, float64(t.items)/max(passed.Seconds(), 1e-3), t.core/3600, left.Round(time.Second))
	if t.ready == t.all {
		t.variants()
	}
}

// variants prints the time of each variant.
func (t *tally) variants() {
	for _, name := range slices.Sorted(maps.Keys(t.by)) {
		s := t.by[name]
		line := fmt.Sprintf("  %s: %d items, %.4f core hours", name, s.Items, s.Core/3600)
		if s.GPU > 0 {
			line += fmt.Sprintf(", %.4f GPU hours", s.GPU/3600)
		}
		if s.Core > 0 {
			line += fmt.Sprintf(", %.0f items per core hour", float64(s.Items)/s.Core*3600)
		}
		fmt.Fprintln(t.to, line)
	}
}
