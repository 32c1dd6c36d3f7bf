package progress

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

type terminal struct{ bytes.Buffer }

func (terminal) Columns() int { return 30 }

// TestLog: a log gets a line every half minute, and none for short phases.
func TestLog(t *testing.T) {
	var w bytes.Buffer
	p, at := New(&w), time.Unix(0, 0)
	p.now = func() time.Time { return at }
	p.Phase("opening", 3)
	p.Add(3)
	p.Phase("embedding", 100)
	for range 99 {
		at = at.Add(time.Second)
		p.Add(1)
	}
	p.Stop()
	lines := strings.Split(strings.TrimSpace(w.String()), "\n")
	assert.Equal(t, []string{"embedding: 2 of 100, about 1m38s left", "embedding: 32 of 100, about 1m8s left", "embedding: 62 of 100, about 38s left",
		"embedding: 92 of 100, about 8s left", "embedding: done in 1m39s"}, lines)
}

// TestTerminal: there is one line, no wider than the screen, and messages do not mix with it.
func TestTerminal(t *testing.T) {
	var w terminal
	p, at := New(&w), time.Unix(0, 0)
	p.now = func() time.Time { return at }
	p.Phase("embedding a set with a long name", 9)
	for range 9 {
		at = at.Add(time.Second)
		p.Add(1)
	}
	p.Say("a variant failed")
	p.Stop()
	assert.Contains(t, w.String(), "\r\x1b[Ka variant failed\n\r\x1b[Kembedding")
	assert.True(t, strings.HasSuffix(w.String(), "\r\x1b[K"), "nothing stands when it is over")
	assert.Equal(t, 1, strings.Count(w.String(), "\n"))
	for line := range strings.SplitSeq(strings.ReplaceAll(w.String(), "\n", "\r\x1b[K"), "\r\x1b[K") {
		assert.Less(t, len(line), 30)
	}
}

// TestParts: each phase names its part, and after a part the time for the others is estimated.
func TestParts(t *testing.T) {
	var w bytes.Buffer
	p, at := New(&w), time.Unix(0, 0)
	p.now = func() time.Time { return at }
	for i := range 3 {
		p.Part("group", i+1, 3)
		p.Phase("embedding", 2)
		at = at.Add(time.Minute)
		p.Add(1)
		at = at.Add(time.Minute)
		p.Add(1)
	}
	p.Parted()
	p.Part("group", 1, 1)
	p.Phase("timing", 1)
	at = at.Add(time.Minute)
	p.Stop()
	assert.Equal(t, []string{
		"group 1 of 3, embedding: 1 of 2, about 1m0s left", "group 1 of 3, embedding: 2 of 2", "group 1 of 3, embedding: done in 2m0s", "1 of 3 groups: done in 2m0s, about 4m0s left for the others",
		"group 2 of 3, embedding: 1 of 2, about 1m0s left", "group 2 of 3, embedding: 2 of 2", "group 2 of 3, embedding: done in 2m0s", "2 of 3 groups: done in 4m0s, about 2m0s left for the others",
		"group 3 of 3, embedding: 1 of 2, about 1m0s left", "group 3 of 3, embedding: 2 of 2", "group 3 of 3, embedding: done in 2m0s",
		"timing: done in 1m0s",
	}, strings.Split(strings.TrimSpace(w.String()), "\n"))
}
