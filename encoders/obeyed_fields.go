package encoders

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/internal/suggest"
)

// fields rejects fields of a variant that its runtime would ignore.
func (s Spec) fields() error {
	a, python := pythonRuntimes()[s.Runtime]
	server, checkpoint := s.Runtime == OIP, python && !a.onnx
	switch own := (Spec{}).WithDefaults(); {
	case !server && s.URL != "":
		return fmt.Errorf("url: runtime %s asks no server; runtime oip does", s.Runtime)
	case !server && len(s.Command) > 0:
		return fmt.Errorf("command: runtime %s starts none; runtime oip does", s.Runtime)
	case server && s.URL != "" && len(s.Command) > 0:
		return errors.New("runtime oip wants a url or a command, not both")
	case server && s.URL == "" && len(s.Command) == 0:
		return errors.New("runtime oip wants a url, such as http://host:8000, or a command that starts a server")
	case !server && !python && s.Deadlines.Given():
		return fmt.Errorf("deadlines: runtime %s starts nothing that they could end; the suite's timeout bounds its calls", s.Runtime)
	case checkpoint && (s.Image != own.Image || s.Text != own.Text):
		return fmt.Errorf("image, text: runtime %s reads a checkpoint of both towers, and no file by these names", s.Runtime)
	case s.Runtime == Precomputed && (s.Image != own.Image || s.Text != own.Text):
		return errors.New("image, text: embeddings that were made elsewhere have no towers")
	case python && a.providers != nil && !slices.Contains(a.providers, strings.ToLower(s.Provider)):
		return fmt.Errorf("provider %q: runtime %s has %s%s", s.Provider, s.Runtime, strings.Join(a.providers, ", "), suggest.Hint(s.Provider, a.providers))
	}
	return nil
}

// Takes says which of the optional fields a runtime uses.
type Takes struct{ Server, Files, Deadlines bool }

// TakesOf is the Takes of a runtime, by name. "" is the default runtime.
func TakesOf(runtime string) Takes {
	a, python := pythonRuntimes()[runtime]
	return Takes{Server: runtime == OIP, Files: runtime == "" || runtime == ONNXRuntime || a.onnx, Deadlines: python || runtime == OIP}
}

// Precomputed is the runtime of embeddings that were made elsewhere. No encoder runs for it.
const Precomputed = "precomputed"
