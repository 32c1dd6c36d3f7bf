// Package runtimes opens a variant in the runtime that it names.
package runtimes

import (
	"context"
	"fmt"
	"strings"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/onnx"
	"github.com/fastclip/fastclip/encoders/remote"
	"github.com/fastclip/fastclip/internal/machine"
)

// Open opens the variant that spec names, with its decorators. A variant that cannot
// run here fails with an error that wraps machine.ErrUnavailable.
func Open(ctx context.Context, spec encoders.Spec, env encoders.Env) (encoders.Encoder, error) {
	spec = spec.WithDefaults()
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	open, ok := opener(spec.Runtime)
	if !ok {
		return nil, fmt.Errorf("%w: runtime %q is not in this build (it has %s)", machine.ErrUnavailable, spec.Runtime, strings.Join(encoders.Runtimes(), ", "))
	}
	enc, err := open(ctx, spec, env)
	if err != nil {
		return nil, err
	}
	if spec.Trim {
		enc = encoders.Trimmed(enc) // inside Batched, so that each batch is cut to the length of its longest text
	}
	return encoders.Checked(encoders.Batched(enc, spec.Batch)), nil
}

func opener(runtime string) (open func(context.Context, encoders.Spec, encoders.Env) (encoders.Encoder, error), ok bool) {
	switch runtime {
	case encoders.ONNXRuntime:
		return onnx.Open, true
	case encoders.OIP:
		return remote.Open, true
	}
	_, ok = encoders.AdapterOf(runtime)
	return remote.OpenPython, ok
}

// InfoFromCache is the Info that Open would return, without opening anything. An earlier Open stored it under the hashes of the model's files, which are
// checked again. ok is false if only Open can tell: the first time, for servers, for the user's own Python, and if something is wrong.
func InfoFromCache(spec encoders.Spec, env encoders.Env) (info encoders.Info, ok bool) {
	spec = spec.WithDefaults()
	if env.Kept == nil || spec.Validate() != nil {
		return encoders.Info{}, false
	}
	if _, python := encoders.AdapterOf(spec.Runtime); python {
		return remote.InfoFromCache(spec, env)
	}
	if spec.Runtime != encoders.ONNXRuntime {
		return encoders.Info{}, false
	}
	return onnx.InfoFromCache(spec, env)
}

// InfoFromFiles is the Info that Open would return, from the files of a model that ONNX Runtime would run on the processor. It is not loaded. ok is false
// if only Open can tell. What the files tell is stored for InfoFromCache, and Open need not read them again.
func InfoFromFiles(spec encoders.Spec, env encoders.Env) (info encoders.Info, ok bool) {
	spec = spec.WithDefaults()
	if env.Kept == nil || spec.Validate() != nil || spec.Runtime != encoders.ONNXRuntime {
		return encoders.Info{}, false
	}
	return onnx.InfoFromFiles(spec, env)
}
