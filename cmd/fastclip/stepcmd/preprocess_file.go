package stepcmd

import (
	"errors"
	"fmt"
	"math"
	"os"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/preprocess/decode"
	"github.com/fastclip/fastclip/internal/npy"
)

// preprocessFile writes a picture's tensor, and returns its mean |a-b| to that of ref.
func preprocessFile(pipe, ref *preprocess.Pipeline, path, to string, anyName bool) (float64, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		var reason *os.PathError
		if errors.As(err, &reason) { // the caller adds the path
			err = reason.Err
		}
		return 0, err
	}
	if err := decode.CheckName(path, data); err != nil && !anyName {
		return 0, fmt.Errorf("%w: rename it, or pass --any-name", err)
	}
	got, want := make([]float32, pipe.Len()), make([]float32, ref.Len())
	if err := pipe.Run(data, got, nil); err != nil {
		return 0, err
	}
	if err := ref.Run(data, want, nil); err != nil {
		return 0, fmt.Errorf("pipeline %s, with which it is compared: %w", ref.Name, err)
	}
	side := pipe.Transform.Size
	if err := cli.ReplaceFile(to, npy.Floats(got, 3, side, side)); err != nil {
		return 0, err
	}
	sum := 0.0
	for i := range got {
		sum += math.Abs(float64(got[i]) - float64(want[i]))
	}
	return sum / float64(len(got)), nil
}
