package encoders_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/librarytok"
)

// TestObeyed: what a runtime would not look at is refused when the suite is read.
func TestObeyed(t *testing.T) {
	for name, x := range map[string]struct {
		spec encoders.Spec
		want string
	}{
		"none":                  {encoders.Spec{}, ""},
		"own":                   {encoders.Spec{Options: opts("io_binding", "on", "image_output", "x", "session.intra_op.allow_spinning", "0")}, ""},
		"mistyped":              {encoders.Spec{Options: opts("io_bindings", "on")}, "option io_bindings: no such option: want cpu_mem_arena,"},
		"of no provider":        {encoders.Spec{Options: opts("provider:device_id", "1")}, "option provider:device_id: provider cpu has no such option"},
		"of a provider":         {encoders.Spec{Provider: "cuda", Options: opts("provider:device_id", "1")}, ""},
		"a device of none":      {encoders.Spec{Options: opts("provider_device", "1")}, "provider cpu has no such option"},
		"torch":                 {encoders.Spec{Runtime: "torch", Options: opts("mode", "x")}, "option mode: this runtime has no options"},
		"compile":               {encoders.Spec{Runtime: "torch_compile", Options: opts("mode", "reduce-overhead")}, ""},
		"compile, mistyped":     {encoders.Spec{Runtime: "torch_compile", Options: opts("modes", "x")}, "option modes: this runtime knows only mode"},
		"python, cpu":           {encoders.Spec{Runtime: "onnxruntime_python", Options: opts("x", "1")}, "option x: provider cpu has no options"},
		"python, openvino":      {encoders.Spec{Runtime: "onnxruntime_openvino", Provider: "openvino", Options: opts("device_type", "CPU")}, ""},
		"deepsparse":            {encoders.Spec{Runtime: "deepsparse", Options: opts("x", "1")}, "this runtime has no options"},
		"server":                {encoders.Spec{Runtime: "oip", URL: "http://h", Options: opts("header:X", "1", "metrics", "http://h", "dim", "3")}, ""},
		"server, mistyped":      {encoders.Spec{Runtime: "oip", URL: "http://h", Options: opts("headers:X", "1")}, "option headers:X: runtime oip has no option of that name"},
		"header's name":         {encoders.Spec{Runtime: "oip", URL: "http://h", Options: opts("header:X Y", "1")}, "no HTTP header can have that name"},
		"header without a name": {encoders.Spec{Runtime: "oip", URL: "http://h", Options: opts("header:", "1")}, "no HTTP header can have that name"},
		"header of the client":  {encoders.Spec{Runtime: "oip", URL: "http://h", Options: opts("header:content-length", "1")}, "the protocol says what this header is"},
		"header of two lines":   {encoders.Spec{Runtime: "oip", URL: "http://h", Options: opts("header:X", "a\nHost: b")}, "its value has a control character"},
		"metrics":               {encoders.Spec{Runtime: "oip", URL: "http://h", Options: opts("metrics", "h:8082")}, "want a URL such as http://host:8082/metrics"},
		"side":                  {encoders.Spec{Runtime: "oip", URL: "http://h", Options: opts("image_size", "many")}, `"many": want a number above 0`},
		"dim of 0":              {encoders.Spec{Runtime: "oip", URL: "http://h", Options: opts("dim", "0")}, "want a number above 0"},
		"server of the command": {encoders.Spec{Runtime: "oip", Command: []string{"x"}, Options: opts("header:X", "1")}, "headers are for a server at a url"},
		"server of files":       {encoders.Spec{Runtime: "oip", URL: "http://h", Input: "files", Options: opts("image_size", "1")}, "have no fixed size"},
		"precision":             {encoders.Spec{Precision: "fp61"}, `precision "fp61": runtime onnxruntime has fp32, fp16,`},
		"torch's precision":     {encoders.Spec{Runtime: "torch", Precision: "autocast"}, `precision "autocast": runtime torch has fp32, fp16, bf16`},
		"quantized":             {encoders.Spec{Runtime: "torch_quantized"}, `precision "fp32": runtime torch_quantized has int8`},
	} {
		t.Run(name, func(t *testing.T) {
			x.spec.Name = "v"
			if err := x.spec.WithDefaults().Validate(); x.want == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, "variant v: ")
				assert.ErrorContains(t, err, x.want)
			}
		})
	}
}

// TestUnused: a key of the variant itself that its model makes no use of is refused once the model is known.
func TestUnused(t *testing.T) {
	library := encoders.Info{TakesMask: true, Inputs: encoders.Inputs{Library: &librarytok.Model{}, TokenizerFile: "spiece.model"}}
	deaf := library
	deaf.TakesMask = false
	for name, x := range map[string]struct {
		named string
		info  encoders.Info
		want  string
	}{
		"tokenizer of CLIP":          {"tokenizer", encoders.Info{}, ""},
		"tokenizer of another":       {"tokenizer", library, "tokenizer: it is a way to clean texts for CLIP's own tokenizer, and this model has another (spiece.model)"},
		"trim":                       {"trim", encoders.Info{}, ""},
		"trim of fixed rows":         {"trim", encoders.Info{TextLength: 77}, "trim: the text tower takes rows of exactly 77 ids"},
		"trim with a mask":           {"trim", library, ""},
		"trim without a mask":        {"trim", deaf, "trim: the text tower is not told which ids are padding"},
		"context of no texts":        {"context", encoders.Info{ImageOnly: true}, "context: the model has only an image tower: leave it out"},
		"tokenizer of no texts":      {"tokenizer", encoders.Info{ImageOnly: true}, "only an image tower"},
		"batch of an image tower":    {"batch", encoders.Info{ImageOnly: true}, ""},
		"for all variants, not this": {"", library, ""},
	} {
		err := encoders.Spec{Named: []string{x.named}, Trim: true}.Unused(x.info)
		if x.want == "" {
			assert.NoError(t, err, name)
		} else {
			assert.ErrorContains(t, err, x.want, name)
		}
	}
}

// opts are names and values in turn.
func opts(pairs ...string) map[string]string {
	out := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}
