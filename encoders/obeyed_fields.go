package encoders

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/internal/suggest"
)

// fields rejects fields of a variant that its runtime would ignore.
func (s Spec) fields() error {
	a, python := pythonRuntimes()[s.Runtime]
	server, checkpoint := s.Runtime == OIP, python && !a.onnx
	for _, key := range Ignored(s.Runtime) {
		if slices.Contains(s.Named, key) {
			return fmt.Errorf("%s: runtime %s makes no use of it: leave it out", key, s.Runtime)
		}
	}
	switch own := (Spec{}).WithDefaults(); {
	case !server && s.URL != "":
		return fmt.Errorf("url: runtime %s uses no server; runtime oip does", s.Runtime)
	case !server && len(s.Command) > 0:
		return fmt.Errorf("command: runtime %s starts no command; runtime oip does", s.Runtime)
	case server && s.URL != "" && len(s.Command) > 0:
		return errors.New("runtime oip needs a url or a command, not both")
	case server && s.URL == "" && len(s.Command) == 0:
		return errors.New("runtime oip needs a url, such as http://host:8000, or a command that starts a server")
	case !server && !python && s.Deadlines.Given():
		return fmt.Errorf("deadlines: runtime %s starts no process that they could end; the suite's timeout limits its calls", s.Runtime)
	case checkpoint && (s.Image != own.Image || s.Text != own.Text):
		return fmt.Errorf("image, text: runtime %s reads one checkpoint with both towers, so these fields have no effect", s.Runtime)
	case s.Input == InputFiles && slices.Contains(s.Named, "preprocess"):
		return errors.New("preprocess: an encoder that takes files prepares them itself: leave it out")
	case s.Runtime == Precomputed && (s.Image != own.Image || s.Text != own.Text):
		return errors.New("image, text: precomputed embeddings have no towers")
	case python && a.providers != nil && !slices.Contains(a.providers, strings.ToLower(s.Provider)):
		return fmt.Errorf("provider %q: runtime %s has %s%s", s.Provider, s.Runtime, strings.Join(a.providers, ", "), suggest.Hint(s.Provider, a.providers))
	case s.Runtime == ONNXRuntime || a.onnx && a.providers == nil:
		return s.knownProvider()
	}
	return nil
}

// knownProvider rejects a provider of ONNX Runtime that no library can have. A plugin brings one of any name.
func (s Spec) knownProvider() error {
	known := ort.KnownProviders()
	if s.Options[ort.PluginOption] != "" || slices.Contains(known, ort.Label(s.Provider)) {
		return nil
	}
	for i, name := range known {
		known[i] = strings.ToLower(name)
	}
	return fmt.Errorf("provider %q: ONNX Runtime has %s%s; a plugin's provider wants the option %s", s.Provider, strings.Join(known, ", "), suggest.Hint(strings.ToLower(s.Provider), known), ort.PluginOption)
}

// Ignored are the keys of a variant that have no effect in a runtime.
func Ignored(runtime string) []string {
	switch runtime {
	case OIP:
		return []string{"threads"}
	case Precomputed:
		return []string{"image", "text", "input", "provider", "precision", "preprocess", "tokenizer", "context", "batch", "threads", "trim"}
	}
	return nil
}

// Unused returns an error for a key of the variant itself that its opened model makes no use of.
func (s Spec) Unused(info Info) error {
	why := map[string]string{}
	switch library := info.Inputs.Library != nil; {
	case info.ImageOnly:
		for _, key := range []string{"tokenizer", "context", "trim"} {
			why[key] = "the model has only an image tower"
		}
	case info.TextLength > 0:
		why["trim"] = fmt.Sprintf("the text tower takes rows of exactly %d ids", info.TextLength)
	case library && !info.TakesMask:
		why["trim"] = "the text tower is not told which ids are padding, and reads them"
	}
	if info.Inputs.Library != nil {
		why["tokenizer"] = fmt.Sprintf("it is a way to clean texts for CLIP's own tokenizer, and this model has another (%s), which cleans as it does", info.Inputs.TokenizerFile)
	}
	for _, key := range s.Named {
		if why[key] != "" && (key != "trim" || s.Trim) {
			return fmt.Errorf("%s: %s: leave it out", key, why[key])
		}
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
