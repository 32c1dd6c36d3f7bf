package runtimes

import (
	"github.com/fastclip/fastclip/encoders"
	"slices"
)

// What an open encoder needs besides its weights, measured with ViT-B/32 in batches of 32: a Python process with PyTorch and its libraries, one with another
// runtime, ONNX Runtime's memory in this process, and copies and activations as a share of the weights.
const (
	torchBytes    = 900 << 20
	pythonBytes   = 600 << 20
	arenaBytes    = 300 << 20
	unknownBytes  = 1 << 30 // for a server that the variant's own command starts
	weightsFactor = 1.5
)

// Footprint estimates, from the sizes of its files, how many bytes of this machine's memory the variant takes
// while it works. It is 0 for a server on another host, or if nothing is known. It is the same on every machine,
// so plans based on it are, too.
func Footprint(spec encoders.Spec, env encoders.Env) int64 {
	spec = spec.WithDefaults()
	if spec.Runtime == encoders.OIP {
		if len(spec.Command) > 0 {
			return unknownBytes
		}
		return 0
	}
	model, err := env.Model(spec.Model)
	if err != nil {
		return 0 // opening the variant reports the error
	}
	files, own := []string{spec.Image, spec.Text}, int64(arenaBytes)
	if a, ok := encoders.AdapterOf(spec.Runtime); ok {
		own = pythonBytes
		if files, err = a.Files(model, spec); err != nil {
			return 0
		}
		if !slices.Contains(files, spec.Image) {
			own = torchBytes
		}
	}
	var weights int64
	for _, f := range files {
		weights += model.Size(f)
	}
	return own + int64(weightsFactor*float64(weights))
}
