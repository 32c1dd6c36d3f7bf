package stepcmd

import (
	"errors"
	"fmt"
	"math"
	"os"

	"github.com/fastclip/fastclip/cmd/fastclip/cli"
	"github.com/fastclip/fastclip/encoders/modeldir"
	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/preprocess/decode"
)

// preprocessFile writes one picture's tensor and returns its mean |a-b| to ref's.
func preprocessFile(pipe, ref *preprocess.Pipeline, path, to string, anyName bool) (float64, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		var reason *os.PathError
		if errors.As(err, &reason) { // the caller names the path
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
		return 0, fmt.Errorf("%s, which it is compared with: %w", ref.Name, err)
	}
	side := pipe.Transform.Size
	if err := cli.ReplaceFile(to, cli.Npy(got, 3, side, side)); err != nil {
		return 0, err
	}
	sum := 0.0
	for i := range got {
		sum += math.Abs(float64(got[i]) - float64(want[i]))
	}
	return sum / float64(len(got)), nil
}

// readPictures reads how a model wants its pictures: of a file, or of a folder as eval reads it.
func readPictures(path string) (*pipelines.Config, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return pipelines.ReadConfig(path)
	}
	fsys := os.DirFS(path)
	image := modeldir.DefaultImage
	if files, err := modeldir.Towers(fsys, image, modeldir.DefaultText, "fp32"); err == nil {
		image = files.Image
	}
	f, err := modeldir.Read(fsys, image, "")
	switch {
	case err != nil:
		return nil, err
	case f.PicturesErr != nil:
		return nil, f.PicturesErr
	case f.Pictures == nil:
		return nil, fmt.Errorf("%s has neither preprocessor_config.json, open_clip_config.json nor preprocess_cfg.json", path)
	}
	return f.Pictures, nil
}
