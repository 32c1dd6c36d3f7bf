package hub

import (
	"fmt"
	"time"
)

// progress is a Writer that counts how much of a file has arrived.
type progress struct {
	hub  Hub
	file File
	have int64
	last time.Time
}

func (h Hub) newProgress(f File) *progress { return &progress{hub: h, file: f, last: time.Now()} }

func (p *progress) at(have int64) { p.have = have }

func (p *progress) Write(b []byte) (int, error) {
	p.have += int64(len(b))
	if now := time.Now(); now.Sub(p.last) >= time.Second {
		p.last = now
		p.hub.say("%s: %d %% of %s", p.file.Name, 100*p.have/max(1, p.file.Size), bytes(p.file.Size))
	}
	return len(b), nil
}

func (p *progress) done() { p.hub.say("%s: %s", p.file.Name, bytes(p.file.Size)) }

func (h Hub) say(format string, args ...any) {
	if h.Progress != nil {
		fmt.Fprintf(h.Progress, format+"\n", args...)
	}
}

func bytes(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%d bytes", n)
}
