package remote

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/adapters"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/python"
)

// pythonModel is a model and the adapter that runs it.
type pythonModel struct {
	*encoders.Model
	script string
	files  []string
	hash   [2]string // of the image tower and the text tower
	graphs [2]graph  // of the same towers, if they are ONNX files
	inputs encoders.Inputs
}

// newPython finds the model's files. sumOf returns the hash of a file.
func newPython(spec encoders.Spec, env encoders.Env, sumOf func(m *encoders.Model, file string) (string, error)) (*pythonModel, error) {
	a, _ := encoders.AdapterOf(spec.Runtime)
	model, err := env.Model(spec.Model)
	if err != nil {
		return nil, err
	}
	p := &pythonModel{Model: model, script: a.Script}
	if p.files, err = a.Files(model, spec); err != nil {
		return nil, fmt.Errorf("runtime %s: %w", spec.Runtime, err)
	}
	if p.hash, err = sums(p.files, func(file string) (string, error) { return sumOf(model, file) }); err != nil {
		return nil, fmt.Errorf("runtime %s: %w", spec.Runtime, err)
	}
	if p.inputs, err = model.Inputs(spec.Image, spec.Text); err == nil && p.inputs.Library != nil {
		err = fmt.Errorf("runtime %s supports only CLIP's tokenizer, but %s belongs to another: use runtime onnxruntime", spec.Runtime, p.inputs.TokenizerFile)
	}
	if h := p.inputs.Folder.Head; err == nil && h.Dense() {
		err = fmt.Errorf("runtime %s cannot run layers after the towers, which %s asks for: use runtime onnxruntime", spec.Runtime, h.File)
	}
	if err == nil && filepath.Ext(p.files[0]) == ".onnx" {
		if err = p.readGraphs(env.Kept); err == nil {
			err = p.fits(spec)
		}
	}
	return p, err
}

// identify fills in what is known before the adapter answers. script is the hash of the script.
func (p *pythonModel) identify(e *encoder, spec encoders.Spec, script string) {
	e.info.Model, e.info.RandomSeed, e.info.Inputs = p.Pinned(), p.RandomSeed(), p.inputs
	e.info.TextLength = max(e.info.TextLength, p.graphs[1].Length)
	e.info.Faults = p.faults(spec, e.info)
	e.identify(spec, p.hash[0], p.hash[1], spec.Runtime+" "+script)
}

// OpenPython runs a model in the adapter of spec.Runtime.
func OpenPython(ctx context.Context, spec encoders.Spec, env encoders.Env) (encoders.Encoder, error) {
	p, err := newPython(spec, env, func(m *encoders.Model, file string) (string, error) {
		return m.SumAndKeep(file, env.Kept, time.Now(), func() (string, error) { return m.Sum(file) })
	})
	if err != nil {
		return nil, err
	}
	folder, done, err := p.OnDisk(p.files)
	if err != nil {
		return nil, fmt.Errorf("runtime %s: %w", spec.Runtime, err)
	}
	defer done() // the adapter reads the model once, at its start
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

// pythonArgs are the arguments that every adapter takes (serve.py).
func pythonArgs(spec encoders.Spec, folder string) []string {
	args := []string{
		"--model", folder, "--image", spec.Image, "--text", spec.Text, "--provider", spec.Provider, "--precision", spec.Precision,
		"--threads", fmt.Sprint(spec.Threads), "--batch", fmt.Sprint(spec.Batch),
	}
	for _, k := range slices.Sorted(maps.Keys(spec.Options)) {
		args = append(args, "--option", k+"="+spec.Options[k])
	}
	return args
}

// sums are the hashes of the image tower and the text tower. If one file has both towers, both hashes are of all files.
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
		towers[0], towers[1] = encoders.Sum256([]byte(all)), encoders.Sum256([]byte(all))
	}
	return towers, nil
}
