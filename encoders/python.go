package encoders

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fastclip/fastclip/encoders/adapters"
	"github.com/fastclip/fastclip/encoders/modeldir"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/python"
)

// checkpoints are the files that PyTorch's runtimes read, in the order in which they look.
var checkpoints = [][]string{
	{"open_clip_model.safetensors", "open_clip_config.json"},
	{"model.safetensors", "config.json"},
}

// adapter is a runtime that lives in Python.
type adapter struct {
	script string
	// files are what of the model it reads.
	files func(m *Model, spec Spec) ([]string, error)
	// precisions are those that it computes in; nil: as the files were made.
	precisions []string
	options    []string // that it obeys; those of files of ONNX are a provider's own
	providers  []string // nil: any that its library has
	onnx       bool     // it reads the variant's files of ONNX, and no checkpoint
}

// pythonRuntimes is the one table of them.
func pythonRuntimes() map[string]adapter {
	cast := []string{"fp32", "fp16", "bf16"}
	auto := append(slices.Clone(cast), "autocast")
	cpu, cuda := []string{"cpu"}, []string{"cuda"}
	both := []string{"cpu", "cuda"}
	return map[string]adapter{
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

// anyOption stands for the names that only a provider of ONNX Runtime knows, and refuses.
const anyOption = "*"

func onnxFiles(_ *Model, spec Spec) ([]string, error) { return []string{spec.Image, spec.Text}, nil }

// checkpointFiles are the first checkpoint of the folder that is whole.
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

// pythonModel is a model and the adapter that runs it.
type pythonModel struct {
	*Model
	script string
	files  []string
	hash   [2]string // of the image tower and of the text tower
	inputs Inputs
}

// newPython finds the model's files, whose hashes sumOf knows.
func newPython(spec Spec, env Env, sumOf func(m *Model, file string) (string, error)) (*pythonModel, error) {
	a := pythonRuntimes()[spec.Runtime]
	model, err := env.Model(spec.Model)
	if err != nil {
		return nil, err
	}
	p := &pythonModel{Model: model, script: a.script}
	if p.files, err = a.files(model, spec); err != nil {
		return nil, fmt.Errorf("runtime %s: %w", spec.Runtime, err)
	}
	if p.hash, err = sums(p.files, func(file string) (string, error) { return sumOf(model, file) }); err != nil {
		return nil, fmt.Errorf("runtime %s: %w", spec.Runtime, err)
	}
	if p.inputs, err = model.inputs(spec.Image, spec.Text); err == nil && p.inputs.Library != nil {
		err = fmt.Errorf("runtime %s takes ids of CLIP's tokenizer alone, and %s is another one's: runtime onnxruntime takes them", spec.Runtime, p.inputs.TokenizerFile)
	}
	return p, err
}

// identify fills in what is known without the adapter's answers; script is its sum.
func (p *pythonModel) identify(e *remoteEncoder, spec Spec, script string) {
	e.info.Model, e.info.RandomSeed, e.info.Inputs = p.pinned, p.randomSeed(), p.inputs
	e.info.Faults = p.inputs.folder.Against(modeldir.Graphs{Size: e.info.ImageSize})
	e.identify(spec, p.hash[0], p.hash[1], spec.Runtime+" "+script)
}

// openPython runs a model in the adapter of spec.Runtime.
func openPython(ctx context.Context, spec Spec, env Env) (Encoder, error) {
	p, err := newPython(spec, env, func(m *Model, file string) (string, error) {
		return m.sumAndKeep(file, env.Kept, time.Now(), func() (string, error) { return m.Sum(file) })
	})
	if err != nil {
		return nil, err
	}
	folder, done, err := p.onDisk(p.files)
	if err != nil {
		return nil, fmt.Errorf("runtime %s: %w", spec.Runtime, err)
	}
	defer done() // read once, at the start
	e, started, err := openLocal(ctx, spec, env, python.Command{Script: adapters.Script(p.script), Args: pythonArgs(spec, folder)}, "image", "text")
	if err != nil {
		return nil, err
	}
	e.info.RuntimeVersion, e.info.Accelerators = e.client.Server().Version, machine.Accelerators(spec.Provider, started.PID())
	if env.Kept != nil {
		if err := p.keep(spec, started.SHA256, e.info, env.Kept); err != nil {
			return nil, errors.Join(err, e.Close())
		}
	}
	p.identify(e, spec, started.SHA256)
	return e, nil
}

// pythonArgs are what every adapter is told (serve.py).
func pythonArgs(spec Spec, folder string) []string {
	args := []string{
		"--model", folder, "--image", spec.Image, "--text", spec.Text, "--provider", spec.Provider, "--precision", spec.Precision,
		"--threads", fmt.Sprint(spec.Threads), "--batch", fmt.Sprint(spec.Batch),
	}
	for _, k := range slices.Sorted(maps.Keys(spec.Options)) {
		args = append(args, "--option", k+"="+spec.Options[k])
	}
	return args
}

// sums are the hashes of the image tower and of the text tower: of the files' own, or of all
// where both towers are in one.
func sums(files []string, sumOf func(file string) (string, error)) (towers [2]string, err error) {
	var all string
	for i, f := range files {
		hash, err := sumOf(f)
		if err != nil {
			return towers, err
		}
		all += hash
		if i < 2 {
			towers[i] = hash
		}
	}
	if len(files) != 2 || filepath.Ext(files[0]) != ".onnx" {
		towers[0], towers[1] = sum([]byte(all)), sum([]byte(all))
	}
	return towers, nil
}

// onDisk is a folder that has the files, and what removes it again: a built-in model is none.
func (m *Model) onDisk(files []string) (string, func(), error) {
	if m.dir != "" {
		return m.dir, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "fastclip-model-")
	if err != nil {
		return "", nil, err
	}
	done := func() { _ = os.RemoveAll(dir) } // what is left in the temporary folder harms nobody
	for _, f := range files {
		data, _, err := m.Read(f)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, f), data, 0o600)
		}
		if err != nil {
			done()
			return "", nil, err
		}
	}
	return dir, done, nil
}

// PythonRuntimes are the names of the runtimes that live in Python, sorted.
func PythonRuntimes() []string { return slices.Sorted(maps.Keys(pythonRuntimes())) }

// PythonScript is the adapter of one of them, by the runtime's name or the adapter's; "" for none.
func PythonScript(name string) string {
	for runtime, a := range pythonRuntimes() {
		if runtime == name || python.Name(a.script) == name {
			return a.script
		}
	}
	return ""
}
