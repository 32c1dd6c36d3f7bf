package encoders

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/fastclip/fastclip/encoders/adapters"
)

const (
	torchScript  = "torch_mini.py"
	torchWeights = "model.safetensors"
	torchWait    = 5 * time.Minute // a first import of torch from a cold disk takes minutes
)

// openTorch runs a model in PyTorch, through an adapter of its own. The adapter has mini's
// towers; spec's image and text are not used, for both are in model.safetensors.
func openTorch(ctx context.Context, spec Spec, env Env) (Encoder, error) {
	model, err := OpenModel(spec.Model, env.Models)
	if err != nil {
		return nil, err
	}
	data, hash, err := model.Read(torchWeights)
	if err != nil {
		return nil, fmt.Errorf("runtime torch: %w", err)
	}
	weights, err := weightsFile(data)
	if err != nil {
		return nil, fmt.Errorf("runtime torch: %w", err)
	}
	defer os.RemoveAll(filepath.Dir(weights)) // read once, at the start
	device, ok := map[string]string{"cpu": "cpu", "cuda": "cuda"}[spec.Provider]
	if !ok {
		return nil, fmt.Errorf("%w: runtime torch has no provider %q: want cpu or cuda", ErrUnavailable, spec.Provider)
	}
	adapter, err := adapters.Start(ctx, torchScript, torchWait,
		"--weights", weights, "--device", device, "--precision", spec.Precision, "--threads", fmt.Sprint(spec.Threads))
	if errors.Is(err, adapters.ErrMissing) && ctx.Err() == nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if err != nil {
		return nil, err
	}
	spec.Image, spec.Text = "image", "text"
	e := &remoteEncoder{explain: adapter.Explain, stop: adapter.Close}
	if err := e.connect(ctx, spec, adapter.URL, http.Header{"Authorization": {"Bearer " + adapter.Token}}); err != nil {
		return nil, errors.Join(adapter.Explain(err), adapter.Close())
	}
	if err := e.inspect(spec); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	e.info.RuntimeVersion = e.client.Server().Version
	e.identify(spec, hash, hash, "torch "+adapter.SHA256)
	return e, nil
}

// weightsFile is the weights as a file, for a built-in model is none.
func weightsFile(data []byte) (string, error) {
	dir, err := os.MkdirTemp("", "fastclip-weights-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, torchWeights)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return path, nil
}
