package eval

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// steps is a progress writer that keeps every sign of life, as the process does that guards a run.
type steps struct {
	bytes.Buffer
	seen []step
}

type step struct {
	phase, what string
	patience    time.Duration
}

func (s *steps) At(phase, what string, patience time.Duration) {
	if last := len(s.seen) - 1; last < 0 || s.seen[last] != (step{phase, what, patience}) {
		s.seen = append(s.seen, step{phase, what, patience})
	}
}

// TestSilenceEnds: wherever a runtime's code is at work, silence counts as hanging after some time.
func TestSilenceEnds(t *testing.T) {
	cfg := config(t, parse(t, single, "  - {name: ref}\n"))
	cfg.Suite.Timeout = time.Minute
	watcher := &steps{}
	cfg.Progress = watcher
	mustRun(t, cfg)
	patience := map[string]time.Duration{}
	for _, s := range watcher.seen {
		if s.what != "" || s.patience > 0 {
			patience[s.phase] = max(patience[s.phase], s.patience)
		}
	}
	assert.Equal(t, map[string]time.Duration{
		"opening variants":              time.Hour,
		"embedding single (1 variants)": 2 * time.Minute,
		"timing (1 variants)":           time.Hour,
		"checking invariants":           time.Hour,
		"scoring":                       0, // it only computes
	}, patience)
}
