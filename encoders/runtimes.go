package encoders

import (
	"fmt"
	"maps"
	"slices"

	"github.com/fastclip/fastclip/internal/python"
)

// The names of the runtimes that need no Python.
const (
	ONNXRuntime = "onnxruntime"
	OIP         = "oip"
)

// Runtimes are the names of all runtimes, sorted.
func Runtimes() []string {
	return slices.Sorted(slices.Values(append(PythonRuntimes(), ONNXRuntime, OIP)))
}

// checkpoints are the files that PyTorch's runtimes read, in the order in which they look.
var checkpoints = [][]string{
	{"open_clip_model.safetensors", "open_clip_config.json"},
	{"model.safetensors", "config.json"},
}

// Adapter is a runtime that runs in Python.
type Adapter struct {
	Script string
	// Files lists the model's files that the adapter reads.
	Files func(m *Model, spec Spec) ([]string, error)
	// precisions are those that it can compute in; nil means as the files were made.
	precisions []string
	options    []string // options it uses; options of ONNX files depend on the provider
	providers  []string // nil means any that its library has
	onnx       bool     // it reads the variant's ONNX files instead of a checkpoint
}

// pythonRuntimes is the only table of runtimes in Python.
func pythonRuntimes() map[string]Adapter {
	cast := []string{"fp32", "fp16", "bf16"}
	auto := append(slices.Clone(cast), "autocast")
	cpu, cuda := []string{"cpu"}, []string{"cuda"}
	both := []string{"cpu", "cuda"}
	return map[string]Adapter{
		"torch":           {"torch_mini.py", func(*Model, Spec) ([]string, error) { return []string{"model.safetensors"}, nil }, cast, nil, both, false},
		"transformers":    {"run_transformers.py", checkpointFiles, auto, nil, both, false},
		"open_clip":       {"run_open_clip.py", checkpointFiles, auto, nil, both, false},
		"torch_compile":   {"run_torch_compile.py", checkpointFiles, auto, []string{"mode"}, both, false},
		"torch_quantized": {"run_torch_quantized.py", checkpointFiles, []string{"int8"}, nil, cpu, false},
		"deepspeed":       {"run_deepspeed.py", checkpointFiles, cast, nil, both, false},
		"kernl":           {"run_kernl.py", checkpointFiles, auto, nil, cuda, false},

		"deepsparse":           {"run_deepsparse.py", onnxFiles, nil, nil, cpu, true},
		"onnxruntime_python":   {"run_onnxruntime.py", onnxFiles, nil, []string{anyOption}, nil, true},
		"onnxruntime_openvino": {"run_onnxruntime_openvino.py", onnxFiles, nil, []string{anyOption}, nil, true},
		"onnxruntime_gpu":      {"run_onnxruntime_gpu.py", onnxFiles, nil, []string{anyOption}, nil, true},
	}
}

// anyOption stands for names that only a provider of ONNX Runtime can know or reject.
const anyOption = "*"

func onnxFiles(_ *Model, spec Spec) ([]string, error) { return []string{spec.Image, spec.Text}, nil }

// checkpointFiles are the files of the folder's first complete checkpoint.
func checkpointFiles(m *Model, _ Spec) ([]string, error) {
	files, err := m.Files()
	if err != nil {
		return nil, err
	}
	for _, want := range checkpoints {
		if slices.Contains(files, want[0]) && slices.Contains(files, want[1]) {
			return want, nil
		}
	}
	return nil, fmt.Errorf("model %s has no checkpoint for PyTorch: want %s with %s, or %s with %s; pickles are not read (models export writes safetensors)",
		m.Name, checkpoints[0][0], checkpoints[0][1], checkpoints[1][0], checkpoints[1][1])
}

// AdapterOf is the adapter of a runtime that runs in Python; ok is false for other runtimes.
func AdapterOf(runtime string) (a Adapter, ok bool) {
	a, ok = pythonRuntimes()[runtime]
	return a, ok
}

// PythonRuntimes are the names of the runtimes that run in Python, sorted.
func PythonRuntimes() []string { return slices.Sorted(maps.Keys(pythonRuntimes())) }

// PythonScript is the script of an adapter, by the name of the runtime or of the adapter; "" if there is none.
func PythonScript(name string) string {
	for runtime, a := range pythonRuntimes() {
		if runtime == name || python.Name(a.Script) == name {
			return a.Script
		}
	}
	return ""
}
