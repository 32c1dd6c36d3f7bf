package encoders_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/internal/python"
)

// TestFields: every field that not all runtimes look at, given to every runtime, is obeyed or refused by name.
func TestFields(t *testing.T) {
	onnx := []string{"onnxruntime", "deepsparse", "onnxruntime_python", "onnxruntime_openvino", "onnxruntime_gpu"}
	torch := []string{"torch", "transformers", "open_clip", "torch_compile", "torch_quantized", "deepspeed", "kernl"}
	all := append(append([]string{"oip", encoders.Precomputed}, onnx...), torch...)
	assert.ElementsMatch(t, append(encoders.Runtimes(), encoders.Precomputed), all, "a new runtime needs its column here")
	in := func(list ...string) func(string) bool {
		return func(r string) bool {
			for _, x := range list {
				if x == r {
					return true
				}
			}
			return false
		}
	}
	for field, c := range map[string]struct {
		set    func(*encoders.Spec)
		obeyed func(runtime string) bool
		want   string
	}{
		"url":       {func(s *encoders.Spec) { s.URL, s.Command = "http://h", nil }, in("oip"), "url: runtime"},
		"command":   {func(s *encoders.Spec) { s.URL, s.Command = "", []string{"x"} }, in("oip"), "command: runtime"},
		"input":     {func(s *encoders.Spec) { s.Input = "files" }, in("oip"), "input files"},
		"image":     {func(s *encoders.Spec) { s.Image = "x" }, in(append(onnx, "oip")...), "image, text: "},
		"text":      {func(s *encoders.Spec) { s.Text = "x" }, in(append(onnx, "oip")...), "image, text: "},
		"deadlines": {func(s *encoders.Spec) { s.Deadlines = python.Deadlines{Wall: time.Hour} }, func(r string) bool { return r != "onnxruntime" && r != encoders.Precomputed }, "deadlines: runtime"},
		"provider":  {func(s *encoders.Spec) { s.Provider = "rocm" }, in("oip", encoders.Precomputed, "onnxruntime", "onnxruntime_python", "onnxruntime_openvino", "onnxruntime_gpu"), `provider "rocm": runtime`},
	} {
		for _, runtime := range all {
			s := encoders.Spec{Name: "v", Runtime: runtime}
			switch runtime {
			case "oip":
				s.URL = "http://h"
			case "torch_quantized":
				s.Precision = "int8"
			case "kernl":
				s.Provider = "cuda"
			}
			assert.NoError(t, s.WithDefaults().Validate(), runtime)
			c.set(&s)
			if err := s.WithDefaults().Validate(); c.obeyed(runtime) {
				assert.NoError(t, err, "%s of %s", field, runtime)
			} else {
				assert.ErrorContains(t, err, c.want, "%s of %s", field, runtime)
			}
		}
	}
	for want, s := range map[string]encoders.Spec{"not both": {URL: "http://h", Command: []string{"x"}}, "needs a url": {}} {
		s.Name, s.Runtime = "v", "oip"
		assert.ErrorContains(t, s.WithDefaults().Validate(), want)
	}
}
