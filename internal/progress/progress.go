// Package progress reports the progress of long work.
package progress

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// Progress reports a run's progress on stderr. It prints a line when a phase takes long, and then one every half minute. On a terminal it keeps overwriting
// one line. Its methods may be called concurrently.
type Progress struct {
	mu          sync.Mutex
	w           io.Writer
	columns     int // width of the terminal; 0 if it is not one
	name        string
	part        string // the part of the work to which the phases belong; "" without parts
	parts       time.Time
	done, total int
	started     time.Time
	said        time.Time
	drawn       bool // a line is shown that the next one overwrites
	watcher     Watcher
	what        string
	patience    time.Duration
	now         func() time.Time
}

const (
	quiet  = 2 * time.Second        // phases that end sooner are not reported
	seldom = 30 * time.Second       // time between lines in a log
	often  = 100 * time.Millisecond // time between updates on a terminal
)

// New reports to w. If w is nil, it reports nothing.
func New(w io.Writer) *Progress {
	if w == nil {
		w = io.Discard
	}
	p := &Progress{w: w, now: time.Now}
	if t, ok := w.(Terminal); ok {
		p.columns = t.Columns()
	}
	p.watcher, _ = w.(Watcher)
	return p
}

// Watcher is a writer that also receives every sign of life: the phase, the only item in work, and how long a silence may last before the work counts as
// hanging (0: any time).
type Watcher interface {
	At(phase, what string, patience time.Duration)
}

// On tells a watcher that from now on only the given item is in work.
func (p *Progress) On(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.what = what
	p.alive()
}

// Within tells a watcher that signs of life come at least this often in the present phase.
func (p *Progress) Within(patience time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.patience = patience
	p.alive()
}

// Alive gives a sign of life.
func (p *Progress) Alive() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.alive()
}

func (p *Progress) alive() {
	if p.watcher != nil {
		p.watcher.At(p.name, p.what, p.patience)
	}
}

// Terminal is a writer whose last line can be overwritten.
type Terminal interface{ Columns() int }

// Phase starts a phase with the given number of pieces.
func (p *Progress) Phase(name string, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.close()
	p.name, p.done, p.total, p.what, p.patience = name, 0, total, "", 0
	p.alive()
	p.started, p.said = p.now(), time.Time{}
	if p.columns > 0 {
		p.draw()
	}
}

// Part starts one of several parts that have their own phases, such as a group of variants. After each part it estimates the time for the others. A single
// part is not reported.
func (p *Progress) Part(what string, number, of int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.close()
	if p.part = ""; of > 1 {
		p.part = fmt.Sprintf("%s %d of %d, ", what, number, of)
	}
	if number == 1 {
		p.parts = p.now()
		return
	}
	took, left := p.now().Sub(p.parts), of-number+1
	if took >= quiet {
		p.clear()
		fmt.Fprintf(p.w, "%d of %d %ss: done in %s, about %s left for the others\n", number-1, of, what, took.Round(time.Second), (took / time.Duration(number-1) * time.Duration(left)).Round(time.Second))
	}
}

// Add counts finished pieces.
func (p *Progress) Add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	p.alive()
	now := p.now()
	switch {
	case p.columns > 0:
		if now.Sub(p.said) >= often {
			p.draw()
		}
	case now.Sub(p.started) >= quiet && now.Sub(p.said) >= seldom:
		p.said = now
		fmt.Fprintln(p.w, p.text())
	}
}

// text describes the phase's progress, and estimates the rest from the time so far.
func (p *Progress) text() string {
	left, took := "", p.now().Sub(p.started)
	if p.done > 0 && p.done < p.total && took >= quiet {
		per := took / time.Duration(p.done)
		left = fmt.Sprintf(", about %s left", (per * time.Duration(p.total-p.done)).Round(time.Second))
	}
	if p.total == 0 { // the number of pieces is unknown
		return fmt.Sprintf("%s%s: %d", p.part, p.name, p.done)
	}
	return fmt.Sprintf("%s%s: %d of %d%s", p.part, p.name, p.done, p.total, left)
}

// draw overwrites the line.
func (p *Progress) draw() {
	text := []rune(p.text())
	if len(text) >= p.columns { // a line longer than the screen could not be overwritten
		text = text[:p.columns-1]
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", string(text))
	p.said, p.drawn = p.now(), true
}

// clear removes the line.
func (p *Progress) clear() {
	if p.drawn {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.drawn = false
	}
}

// Say prints a message at once.
func (p *Progress) Say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	drawn := p.drawn
	p.clear()
	fmt.Fprintf(p.w, format+"\n", args...)
	if drawn {
		p.draw()
	}
}

func (p *Progress) close() {
	p.clear()
	if took := p.now().Sub(p.started); p.name != "" && p.columns == 0 && took >= quiet {
		fmt.Fprintf(p.w, "%s%s: done in %s\n", p.part, p.name, took.Round(100*time.Millisecond))
	}
	p.name = ""
}

// Parted ends the last part. What follows belongs to the whole.
func (p *Progress) Parted() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.close()
	p.part = ""
}

// Stop ends the current phase.
func (p *Progress) Stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.close()
}
