package encoders

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/fastclip/fastclip/encoders/ort"
)

// Env is what opening a variant may draw on.
type Env struct {
	Models fs.FS                        // built-in models, a folder each; may be nil
	ORT    func() (*ort.Library, error) // the ONNX Runtime library, opened on first use
}

// Open opens the variant that spec names, with its decorators. A variant that cannot
// run here fails with an error that wraps ErrUnavailable.
func Open(ctx context.Context, spec Spec, env Env) (Encoder, error) {
	spec = spec.WithDefaults()
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	open, ok := runtimes()[spec.Runtime]
	if !ok {
		return nil, fmt.Errorf("%w: runtime %q is not in this build (it has onnxruntime, torch, oip)", ErrUnavailable, spec.Runtime)
	}
	enc, err := open(ctx, spec, env)
	if err != nil {
		return nil, err
	}
	if spec.Trim {
		enc = Trimmed(enc) // inside Batched: each batch is cut to its own longest text
	}
	return Checked(Batched(enc, spec.Batch)), nil
}

// runtimes is the one table of runtimes.
func runtimes() map[string]func(context.Context, Spec, Env) (Encoder, error) {
	return map[string]func(context.Context, Spec, Env) (Encoder, error){
		"onnxruntime": openONNX,
		"torch":       openTorch,
		"oip":         openOIP,
	}
}
