// Package progress tells how far a long piece of work is.
package progress

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// Progress tells on stderr how far a run is: a line when a phase starts to take long, and
// one every few seconds after that. Its methods may be called concurrently.
type Progress struct {
	mu          sync.Mutex
	w           io.Writer
	name        string
	done, total int
	started     time.Time
	said        time.Time
}

// Nothing is said of what is over sooner than this.
const quiet = 2 * time.Second

// New tells it to w; to nobody where that is nil.
func New(w io.Writer) *Progress {
	if w == nil {
		w = io.Discard
	}
	return &Progress{w: w}
}

// Phase begins a part of the work, of so many pieces.
func (p *Progress) Phase(name string, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.close()
	p.name, p.done, p.total = name, 0, total
	p.started, p.said = time.Now(), time.Time{}
}

// Add counts pieces that are done.
func (p *Progress) Add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	now := time.Now()
	if now.Sub(p.started) < quiet || now.Sub(p.said) < quiet {
		return
	}
	p.said = now
	left := ""
	if p.done > 0 && p.done < p.total {
		per := now.Sub(p.started) / time.Duration(p.done)
		left = fmt.Sprintf(", about %s left", (per * time.Duration(p.total-p.done)).Round(time.Second))
	}
	fmt.Fprintf(p.w, "%s: %d of %d%s\n", p.name, p.done, p.total, left)
}

// Say prints a message at once.
func (p *Progress) Say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.w, format+"\n", args...)
}

func (p *Progress) close() {
	if took := time.Since(p.started); p.name != "" && took >= quiet {
		fmt.Fprintf(p.w, "%s: done in %s\n", p.name, took.Round(100*time.Millisecond))
	}
	p.name = ""
}

// Stop ends the part that is under way.
func (p *Progress) Stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.close()
}
