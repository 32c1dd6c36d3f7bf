package encoders

import (
	"errors"
	"fmt"

	"github.com/fastclip/fastclip/encoders/modeldir"
	"github.com/fastclip/fastclip/internal/python"
	"github.com/fastclip/fastclip/internal/suggest"
)

// Spec is a variant as a suite file describes it.
type Spec struct {
	Name       string            `yaml:"name"`
	Model      string            `yaml:"model"`      // a built-in model's name, a folder, or a reference (IsReference)
	Image      string            `yaml:"image"`      // file of the image tower in the model, or its name on the server
	Text       string            `yaml:"text"`       // file of the text tower in the model, or its name on the server
	Runtime    string            `yaml:"runtime"`    // "onnxruntime", "oip", or one of Python's (pythonRuntimes)
	URL        string            `yaml:"url"`        // server of runtime oip
	Input      string            `yaml:"input"`      // input of the image tower: "pixels", or "files", which the encoder prepares itself
	Command    []string          `yaml:"command"`    // starts a server of runtime oip on this machine (python.Command), in place of a URL
	Provider   string            `yaml:"provider"`   // "cpu", "cuda", "tensorrt" or a name that the runtime knows
	Precision  string            `yaml:"precision"`  // "fp32", "fp16", "int8": precision of the weights in the files; PyTorch casts
	Preprocess string            `yaml:"preprocess"` // a pipeline of encoders/pipelines, or "model": the model's own, which is the default if its folder describes it
	Tokenizer  string            `yaml:"tokenizer"`  // "openai" or "hf"
	Context    int               `yaml:"context"`    // ids in a row of a text; 0 means as many as the model takes
	Batch      int               `yaml:"batch"`      // items per call of the runtime
	Threads    int               `yaml:"threads"`    // intra-op threads
	Trim       bool              `yaml:"trim"`       // cut each batch of texts after its longest EOT
	Optional   bool              `yaml:"optional"`   // being unavailable is no failure of the run
	Deadlines  python.Deadlines  `yaml:"deadlines"`  // for programs started on this machine
	Options    map[string]string `yaml:"options"`    // session config entries of onnxruntime; docs/models.md has those of other runtimes
	// Named are the keys that the suite's file gives for this variant itself, not for all of them.
	Named []string `yaml:"-"`
}

// The inputs that an image tower may take.
const (
	InputPixels = "pixels"
	InputFiles  = "files"
)

// WithDefaults fills in what a suite file may leave out.
func (s Spec) WithDefaults() Spec {
	def := func(v *string, d string) {
		if *v == "" {
			*v = d
		}
	}
	def(&s.Runtime, "onnxruntime")
	image, text := modeldir.DefaultImage, modeldir.DefaultText
	if s.Runtime == "oip" { // the models are the server's, and a folder only describes their inputs
		image, text = "image", "text"
	} else {
		def(&s.Model, "mini")
	}
	def(&s.Image, image)
	def(&s.Text, text)
	if s.Runtime != OIP { // where a server computes is its own affair
		def(&s.Provider, "cpu")
	}
	def(&s.Input, InputPixels)
	def(&s.Precision, "fp32")
	def(&s.Tokenizer, "openai")
	if s.Batch == 0 {
		s.Batch = 32
	}
	if s.Threads == 0 && s.Runtime != OIP {
		s.Threads = 1
	}
	return s
}

// Validate reports the first field that cannot work on any machine.
func (s Spec) Validate() error {
	switch {
	case s.Name == "":
		return errors.New("variant has no name")
	case s.Batch < 1 || s.Batch > MaxBatch:
		return fmt.Errorf("variant %s: batch %d: want 1 to %d", s.Name, s.Batch, MaxBatch)
	case s.Context < 0 || s.Context == 1 || s.Context > MaxContext:
		return fmt.Errorf("variant %s: context %d: want 2 to %d", s.Name, s.Context, MaxContext)
	case s.Threads < 0 || s.Threads > MaxThreads:
		return fmt.Errorf("variant %s: threads %d: want 1 to %d", s.Name, s.Threads, MaxThreads)
	case s.Input != InputPixels && s.Input != InputFiles:
		return fmt.Errorf("variant %s: input %q: want %s or %s", s.Name, s.Input, InputPixels, InputFiles)
	case s.Input == InputFiles && s.Runtime != "oip":
		return fmt.Errorf("variant %s: input %s: runtime %s takes tensors, which fastclip prepares; an encoder that takes files is a server: runtime oip with its url, or the command that starts it", s.Name, s.Input, s.Runtime)
	case s.Deadlines.Validate() != nil:
		return fmt.Errorf("variant %s: %w", s.Name, s.Deadlines.Validate())
	case s.Tokenizer != "openai" && s.Tokenizer != "hf":
		return fmt.Errorf("variant %s: tokenizer %q: want openai or hf%s", s.Name, s.Tokenizer, suggest.Hint(s.Tokenizer, []string{"openai", "hf"}))
	}
	if err := s.obeyed(); err != nil {
		return fmt.Errorf("variant %s: %w", s.Name, err)
	}
	return nil
}
