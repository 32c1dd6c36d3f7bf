package python

import (
	"strings"
	"sync"
	"unicode"

	"github.com/fastclip/fastclip/internal/redact"
)

// tail keeps the end of what is written to it.
type tail struct {
	mu      sync.Mutex
	data    []byte
	secrets []string // that no error may show
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
	if words := strings.Fields(t.text()); len(words) > 0 {
		return "; stderr: " + strings.Join(words, " ")
	}
	return ""
}

// text is what an error may show of it: without secrets, and without control characters, which would act on a terminal.
func (t *tail) text() string {
	return redact.Secrets(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(t.data), "?")), t.secrets)
}

// lines are the lines with content, without what a progress bar overwrote.
func (t *tail) lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for line := range strings.FieldsFuncSeq(t.text(), func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// last is the last line, in which Python names its exception. It is "" when nothing was written.
func (t *tail) last() string {
	if lines := t.lines(); len(lines) > 0 {
		return lines[len(lines)-1]
	}
	return ""
}

// uv is the reason why uv could not prepare a script's Python. uv writes "error: " and then the causes. It
// is "" when uv did not fail.
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
