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

// TestLog: a log gets a line every half minute, and nothing of what is over soon.
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

// TestTerminal: one line stands, no wider than the screen, and messages do not run into it.
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
