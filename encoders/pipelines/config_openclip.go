package pipelines

import (
	"encoding/json"
	"fmt"

	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/encoders/preprocess/resample"
)

// openCLIP reads open_clip_config.json: the side from model_cfg, the rest from preprocess_cfg.
func (k *keys) openCLIP() *Config {
	var model struct {
		Vision struct {
			Size json.RawMessage `json:"image_size"`
		} `json:"vision_cfg"`
	}
	k.take("model_cfg", &model)
	in := &keys{left: map[string]json.RawMessage{}}
	k.take("preprocess_cfg", &in.left)
	c := in.preprocessCfg(model.Vision.Size)
	if k.err == nil {
		k.err = in.err
	}
	return c
}

// preprocessCfg reads a preprocess_cfg. Missing keys have open_clip's defaults. side is the model's own size, which takes precedence over size.
func (in *keys) preprocessCfg(side json.RawMessage) *Config {
	n := preprocess.CLIPNormalise()
	c := &Config{Name: "open_clip", Colour: picture.ColourMode, Geometry: preprocess.ShortSideCrop, Size: 224, Mean: n.Mean, Std: n.Std}
	in.square("size", in.left["size"], &c.Size)
	said := c.Size
	in.square("model_cfg.vision_cfg.image_size", side, &c.Size)
	if size := in.left["size"]; len(size) > 0 && string(size) != "null" && said != c.Size {
		c.Conflict = fmt.Sprintf("preprocess_cfg.size is %d and model_cfg.vision_cfg.image_size %d, which was used, as by open_clip", said, c.Size)
	}
	delete(in.left, "size")
	c.ResizeTo = c.Size
	in.want("mode", "RGB")
	in.three("mean", &c.Mean)
	in.three("std", &c.Std)
	in.take("fill_color", &c.Fill)
	if in.choice("interpolation", "bicubic", "bilinear", "random") == "bilinear" { // random applies to training only; elsewhere it means bicubic
		c.Filter = resample.Bilinear
	}
	switch in.choice("resize_mode", "shortest", "longest", "squash") {
	case "longest":
		c.Geometry = preprocess.LongSideFill
	case "squash":
		c.Geometry = preprocess.Squash
	}
	in.unknown("preprocess_cfg.")
	return c
}

// choice reads a value that must be one of those known. A missing key means the first.
func (k *keys) choice(key string, known ...string) string {
	got := known[0]
	k.take(key, &got)
	for _, v := range known {
		if got == v {
			return got
		}
	}
	k.fail(key, "%q is not supported: want one of %q", got, known)
	return got
}

// square reads the side of a square: 224 or [224, 224].
func (k *keys) square(key string, raw json.RawMessage, to *int) {
	var sides []int
	switch {
	case len(raw) == 0 || string(raw) == "null" || json.Unmarshal(raw, to) == nil:
	case json.Unmarshal(raw, &sides) == nil && len(sides) == 2 && sides[0] == sides[1]:
		*to = sides[0]
	default:
		k.fail(key, "%s: want a number or a square", raw)
	}
}
