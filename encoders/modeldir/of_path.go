package modeldir

import (
	"fmt"
	"os"

	"github.com/fastclip/fastclip/encoders/pipelines"
)

// Pictures reads how a model wants its pictures. path is a file, or a folder as eval reads it. The texts
// list what its files do not agree on.
func Pictures(path string) (*pipelines.Config, []string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		c, err := pipelines.ReadConfig(path)
		return c, nil, err
	}
	fsys := os.DirFS(path)
	image := DefaultImage
	if files, err := Towers(fsys, image, DefaultText, "fp32"); err == nil {
		image = files.Image
	}
	f, err := Read(fsys, image, "")
	switch {
	case err != nil:
		return nil, nil, err
	case f.PicturesErr != nil:
		return nil, nil, f.PicturesErr
	case f.Pictures == nil:
		return nil, nil, fmt.Errorf("%s has neither preprocessor_config.json, open_clip_config.json nor preprocess_cfg.json", path)
	}
	return f.Pictures, f.Faults, nil
}
