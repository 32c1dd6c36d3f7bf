package encoders

import (
	"fmt"

	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/encoders/preprocess"
)

// ModelPipeline is the name of a model's own pipeline, as its files describe it.
const ModelPipeline = "model"

// DefaultPipeline is the pipeline of models without such files, and of the built-in models.
const DefaultPipeline = "original_clip"

// Pipeline makes the named pipeline for a model, or the model's default if there is no name. It also
// returns the name.
func (i Info) Pipeline(maker *pipelines.Maker, name string) (*preprocess.Pipeline, string, error) {
	in := i.Inputs
	if name == "" {
		name = DefaultPipeline
		if in.Default && !i.Files {
			name = ModelPipeline
		}
	}
	if name != ModelPipeline {
		mean, std := in.Mean, in.Std
		if i.Samples {
			mean, std = [3]float32{}, asSamples
		}
		p, err := maker.Lookup(name, pipelines.Options{Size: i.ImageSize, Mean: mean, Std: std})
		return p, name, err
	}
	switch {
	case in.Refused != nil:
		return nil, name, fmt.Errorf("%w; another pipeline of fastclip's can be named with preprocess", in.Refused)
	case in.Pictures == nil:
		return nil, name, fmt.Errorf("the model has no preprocessor_config.json, open_clip_config.json or preprocess_cfg.json, which would describe it")
	case in.Pictures.Size != i.ImageSize:
		return nil, name, fmt.Errorf("%s makes pictures of %d pixels, the image tower takes %d", in.Folder.From, in.Pictures.Size, i.ImageSize)
	}
	c := in.Pictures
	if i.Samples {
		c = c.AsSamples()
	}
	p, err := maker.Make(c)
	return p, name, err
}

// asSamples is the deviation that leaves 8-bit samples unchanged.
var asSamples = [3]float32{1.0 / 255, 1.0 / 255, 1.0 / 255}

// Context is the number of ids in a row. A variant's own number comes first. Without one, it is the smaller
// of the model's limit and the suite's number (0 means none), or CLIP's 77 if neither is given.
func (i Info) Context(own, suite int) (int, error) {
	limit := i.Inputs.Context
	switch {
	case own > 0 && limit > 0 && own > limit:
		return 0, fmt.Errorf("context %d: the model takes at most %d ids", own, limit)
	case own > 0:
		return own, nil
	case limit > 0 && (suite == 0 || limit < suite):
		return limit, nil
	case suite > 0:
		return suite, nil
	}
	return clipContext, nil
}

const clipContext = 77
