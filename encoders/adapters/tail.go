package adapters

import (
	"strings"
	"sync"
)

// tail keeps the last of what is written to it.
type tail struct {
	mu   sync.Mutex
	data []byte
}

// tailSize is about a Python traceback.
const tailSize = 2048

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p...)
	t.data = t.data[max(0, len(t.data)-tailSize):]
	return len(p), nil
}

// String is "; stderr: ..." in one line, or nothing.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if words := strings.Fields(string(t.data)); len(words) > 0 {
		return "; stderr: " + strings.Join(words, " ")
	}
	return ""
}

// last is the last line that says something.
func (t *tail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(t.data)), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
