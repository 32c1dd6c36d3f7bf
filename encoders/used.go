package encoders

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/fastclip/fastclip/internal/redact"
)

// UsedOptions are the variant's options as results keep them: a JSON object whose names are sorted, so
// that equal options are equal texts. Values of headers are secrets unless they only name a variable.
func (s Spec) UsedOptions() (string, error) {
	shown := map[string]string{}
	for k, v := range s.Options {
		if name, ok := strings.CutPrefix(k, headerOption); ok && secretHeader(name) && !strings.HasPrefix(v, "$") {
			v = redact.Hidden
		}
		shown[k] = redact.Text(v)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(shown); err != nil {
		return "", err
	}
	return strings.TrimSpace(b.String()), nil
}

// secretHeader tells whether a header's value may be a key: all but those that never are.
func secretHeader(name string) bool {
	switch strings.ToLower(name) {
	case "host", "user-agent", "accept", "accept-language", "content-type":
		return false
	}
	return true
}

// Secrets are the values of the variant that nobody may see: of its headers, and in its addresses.
func (s Spec) Secrets() []string {
	out := redact.In(s.URL)
	for k, v := range s.Options {
		if name, ok := strings.CutPrefix(k, headerOption); !ok {
			out = append(out, redact.In(v)...)
		} else if secretHeader(name) && !strings.HasPrefix(v, "$") {
			out = append(out, redact.Header(v)...)
		}
	}
	return out
}
