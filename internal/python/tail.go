package python

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

// String is "; stderr: ..." in one line, or empty.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if words := strings.Fields(string(t.data)); len(words) > 0 {
		return "; stderr: " + strings.Join(words, " ")
	}
	return ""
}

// lines are those that say something, without what a progress bar wrote over.
func (t *tail) lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for line := range strings.FieldsFuncSeq(string(t.data), func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// last is the last line, in which Python names its exception; "" of one that wrote nothing.
func (t *tail) last() string {
	if lines := t.lines(); len(lines) > 0 {
		return lines[len(lines)-1]
	}
	return ""
}

// uv is why uv could not prepare a script's Python: it writes "error: ", and its causes after
// it. "" when it was not uv that gave up.
func (t *tail) uv() (reason string) {
	for _, line := range t.lines() {
		if text, ok := strings.CutPrefix(line, "error: "); ok {
			reason = text
		} else if cause, ok := strings.CutPrefix(line, "cause: "); ok && reason != "" {
			reason += ": " + cause
		}
	}
	return strings.TrimSuffix(reason, ".")
}
