package suite_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/suite"
)

// one parses a suite with one variant under test, v, behind a reference.
func one(defaults, variant string) (encoders.Spec, error) {
	s, err := suite.Parse([]byte("name: s\ndefaults: {" + defaults + "}\ndatasets: [{name: d, scenes: {objects: 1, count: 4}}]\nvariants:\n  - name: ref\n  - {name: v, " + variant + "}\n"))
	if err != nil {
		return encoders.Spec{}, err
	}
	return s.Variants[1], nil
}

// TestEveryKeyInEveryRuntime: each key of a variant is obeyed by a runtime, or refused by its name.
func TestEveryKeyInEveryRuntime(t *testing.T) {
	bases := map[string]string{
		"onnxruntime": "", "oip": "url: 'http://h'", "oip command": "command: [x]", "precomputed": "", "torch": "", "transformers": "", "open_clip": "", "torch_compile": "", "torch_quantized": "precision: int8",
		"deepspeed": "", "kernl": "provider: cuda", "deepsparse": "", "onnxruntime_python": "", "onnxruntime_openvino": "", "onnxruntime_gpu": "",
	}
	assert.Len(t, bases, len(encoders.Runtimes())+2, "a new runtime needs its row here")
	onnx := []string{"onnxruntime", "deepsparse", "onnxruntime_python", "onnxruntime_openvino", "onnxruntime_gpu"}
	not := func(names ...string) func(string) bool {
		return func(r string) bool { return !slices.Contains(names, r) }
	}
	in := func(names ...string) func(string) bool {
		return func(r string) bool { return slices.Contains(names, r) }
	}
	every := not()
	rules := map[string]struct {
		value  string
		obeyed func(runtime string) bool
	}{
		"model": {"m", every}, "optional": {"true", every},
		"image": {"x.onnx", in(append(onnx, "oip", "oip command")...)}, "text": {"x.onnx", in(append(onnx, "oip", "oip command")...)},
		"url": {"'http://h'", in("oip")}, "command": {"[x]", in("oip command")}, "input": {"files", in("oip", "oip command")},
		"provider":  {"cuda", not("precomputed", "torch_quantized", "deepsparse")},
		"precision": {"int8", in(append(onnx, "oip", "oip command", "torch_quantized")...)},
		"batch":     {"7", not("precomputed")}, "context": {"32", not("precomputed")}, "trim": {"true", not("precomputed")}, "tokenizer": {"hf", not("precomputed")}, "preprocess": {"original_clip", not("precomputed")},
		"threads":   {"2", not("precomputed", "oip", "oip command")},
		"deadlines": {"{wall: 1h}", not("precomputed", "onnxruntime")},
		"options":   {"{no_such: '1'}", in()},
	}
	for f := range reflect.TypeFor[encoders.Spec]().Fields() {
		key := f.Tag.Get("yaml")
		if key == "name" || key == "runtime" || key == "-" {
			continue
		}
		rule, ok := rules[key]
		require.True(t, ok, "key %s needs its row here", key)
		for runtime, base := range bases {
			name, _, _ := strings.Cut(runtime, " ")
			keys := []string{"runtime: " + name, key + ": " + rule.value}
			if base != "" && !strings.HasPrefix(base, key+":") {
				keys = append(keys, base)
			}
			spec, err := one("", strings.Join(keys, ", "))
			if !rule.obeyed(runtime) {
				assert.ErrorContains(t, err, strings.TrimSuffix(key, "s"), "%s of %s", key, runtime)
			} else if assert.NoError(t, err, "%s of %s", key, runtime) {
				assert.NotEmpty(t, reflect.ValueOf(spec).FieldByName(f.Name).Interface(), "%s of %s", key, runtime)
			}
		}
	}
}

// TestDefaults: defaults go to the variants that can use them, and no variant's own value is lost.
func TestDefaults(t *testing.T) {
	const all = "provider: cpu, threads: 3, batch: 9, trim: true, optional: false, preprocess: original_clip, context: 50, options: {io_binding: 'on'}"
	for variant, want := range map[string]string{
		"runtime: onnxruntime":                                     "cpu 3 9 true original_clip 50 map[io_binding:on]",
		"trim: false, threads: 1, options: {}":                     "cpu 1 9 false original_clip 50 map[]",
		"runtime: torch":                                           "cpu 3 9 true original_clip 50 map[]",
		"runtime: oip, url: 'http://h'":                            " 0 9 true original_clip 50 map[]",
		"runtime: oip, url: 'http://h', input: files":              " 0 9 true  50 map[]",
		"runtime: oip, url: 'http://h', provider: the server's":    "the server's 0 9 true original_clip 50 map[]",
		"runtime: precomputed, model: x":                           "cpu 1 32 false  0 map[]",
		"runtime: oip, url: 'http://h', options: {dim: '3'}":       " 0 9 true original_clip 50 map[dim:3]",
		"runtime: onnxruntime_python, options: {}, provider: cuda": "cuda 3 9 true original_clip 50 map[]",
	} {
		s, err := one(all, variant)
		require.NoError(t, err, variant)
		assert.Equal(t, want, fmt.Sprint(s.Provider, " ", s.Threads, " ", s.Batch, " ", s.Trim, " ", s.Preprocess, " ", s.Context, " ", s.Options), variant)
	}
	s, err := suite.Parse([]byte("name: s\ndefaults: {optional: true, trim: true}\ndatasets: [{name: d, scenes: {objects: 1, count: 4}}]\nvariants: [{name: ref, optional: false}, {name: v, trim: false}]\n"))
	require.NoError(t, err)
	assert.Equal(t, []bool{false, true, true, false}, []bool{s.Variants[0].Optional, s.Variants[0].Trim, s.Variants[1].Optional, s.Variants[1].Trim})
}

// TestValuesThatNobodyMeans: each is refused with its place.
func TestValuesThatNobodyMeans(t *testing.T) {
	for variant, want := range map[string]string{
		"batch: 0": "[6:22] batch 0: want at least 1, or leave it out", "context: 0": "context 0: want at least 2", "threads: 0": "threads 0: want at least 1",
		"batch: -1": "batch -1: want 1 to", "context: -5": "context -5: want 2 to", "threads: -1": "threads -1: want 1 to", "context: 1": "context 1: want 2 to",
		"batch: 8.5": "want a whole number", "batch: many": "want a whole number", "trim: 3": "want true or false", "batch: [8]": "want a whole number", "options: [a]": "want keys and values", "options: {a: [1]}": "want a text",
		"batch: 99999999999999999999": "want a whole number", "deadlines: {wall: 5}": "want a duration", "deadlines: {walls: 5m}": "unknown field", "command: x, runtime: oip": "want a list",
		"provider: cudda": `provider "cudda": ONNX Runtime has cpu, cuda, tensorrt`, "provider: CUDAExecutionProviders": "ONNX Runtime has", "provider: cudda, runtime: onnxruntime_gpu": `did you mean "cuda"`,
		"provider: cuda, options: {provider_device: '1'}": "", "options: {inter_op_threads: '4'}": "only with execution_mode: parallel", "options: {inter_op_threads: '4', execution_mode: parallel}": "",
		"provider: CUDAExecutionProvider": "", "provider: TensorRT": "", "provider: mine, options: {provider_library: ./mine.so}": "",
		"runtime: oip, url: 'http://h', input: files, preprocess: opencv_cubic": "an encoder that takes files prepares them itself",
	} {
		if _, err := one("", variant); want == "" {
			assert.NoError(t, err, variant)
		} else {
			assert.ErrorContains(t, err, want, variant)
		}
	}
	_, err := one("batch: 0", "trim: true")
	assert.ErrorContains(t, err, "[2:19] batch 0: want at least 1, or leave it out")
}
