package encoders

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/redact"
)

// HeaderOption is the prefix of options that become HTTP headers. A value $NAME is taken from the environment.
const HeaderOption = "header:"

// MetricsOption is the URL of MLServer's metrics, which tell how long its models took.
const MetricsOption = "metrics"

// UsedOptions are the variant's options in the form in which results store them: a JSON object with sorted names,
// so that equal options give equal texts. Values of headers are hidden, unless they only name a variable.
func (s Spec) UsedOptions() (string, error) {
	shown := map[string]string{}
	for k, v := range s.Options {
		if name, ok := strings.CutPrefix(k, HeaderOption); ok && secretHeader(name) && !strings.HasPrefix(v, "$") {
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

// secretHeader tells whether a header's value may be a key. Only values of known harmless headers are not.
func secretHeader(name string) bool {
	switch strings.ToLower(name) {
	case "host", "user-agent", "accept", "accept-language", "content-type":
		return false
	}
	return true
}

// Secrets are the secret values of the variant, from its headers and its addresses.
func (s Spec) Secrets() []string {
	out := redact.In(s.URL)
	for k, v := range s.Options {
		if name, ok := strings.CutPrefix(k, HeaderOption); !ok {
			out = append(out, redact.In(v)...)
		} else if secretHeader(name) && !strings.HasPrefix(v, "$") {
			out = append(out, redact.Header(v)...)
		}
	}
	return out
}

// Spinning is ONNX Runtime's option for how the threads of a call wait for each other: busily, if it is not "0".
const Spinning = "session.intra_op.allow_spinning"

// OptionsKey lists the options in a fixed order, so that equal options give equal keys.
func (s Spec) OptionsKey() string {
	var kv []string
	for _, k := range slices.Sorted(maps.Keys(s.Options)) {
		kv = append(kv, k+"="+s.Options[k])
	}
	return strings.Join(kv, ",")
}
