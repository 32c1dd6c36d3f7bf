// Package progress reports how far a long piece of work is.
package progress

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// Progress reports on stderr how far a run is. It prints a line when a phase takes long, and then one every half
// minute. On a terminal it keeps overwriting one line. Its methods may be called concurrently.
type Progress struct {
	mu          sync.Mutex
	w           io.Writer
	columns     int // of the terminal; 0: none
	name        string
	part        string // of the whole, that the phases are in; "": there are no parts
	parts       time.Time
	done, total int
	started     time.Time
	said        time.Time
	drawn       bool // a line stands that the next one replaces
	watcher     Watcher
	what        string
	patience    time.Duration
	now         func() time.Time
}

const (
	quiet  = 2 * time.Second        // nothing is said of what is over sooner
	seldom = 30 * time.Second       // between lines in a log
	often  = 100 * time.Millisecond // between redraws on a terminal
)

// New reports to w, or to nobody if w is nil.
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

// Watcher is a writer that receives every sign of life: the phase, what alone is being worked on, and how long a
// silence means that it hangs (0: never).
type Watcher interface {
	At(phase, what string, patience time.Duration)
}

// On tells a watcher that from now on only the given item is worked on.
func (p *Progress) On(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.what = what
	p.alive()
}

// Within says that signs of life come at least this often in the present phase.
func (p *Progress) Within(patience time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.patience = patience
	p.alive()
}

// Alive is a sign of life.
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

// Terminal is a writer whose line can be overwritten.
type Terminal interface{ Columns() int }

// Phase begins a part of the work, with the given number of pieces.
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

// Part begins one of so many parts that have phases of their own, such as a group of variants. When one is done,
// it says how long the others will take by what those so far took. One alone is not told.
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

// Add counts pieces that are done.
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

// text says how far the phase is, and how long it will take by what it took.
func (p *Progress) text() string {
	left, took := "", p.now().Sub(p.started)
	if p.done > 0 && p.done < p.total && took >= quiet {
		per := took / time.Duration(p.done)
		left = fmt.Sprintf(", about %s left", (per * time.Duration(p.total-p.done)).Round(time.Second))
	}
	if p.total == 0 { // nobody knows how many
		return fmt.Sprintf("%s%s: %d", p.part, p.name, p.done)
	}
	return fmt.Sprintf("%s%s: %d of %d%s", p.part, p.name, p.done, p.total, left)
}

// draw writes over the line that stands.
func (p *Progress) draw() {
	text := []rune(p.text())
	if len(text) >= p.columns { // a longer one would not be written over
		text = text[:p.columns-1]
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", string(text))
	p.said, p.drawn = p.now(), true
}

// clear takes the standing line away.
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

// Parted ends the last part: what follows is of the whole.
func (p *Progress) Parted() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.close()
	p.part = ""
}

// Stop ends the phase that is under way.
func (p *Progress) Stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.close()
}
