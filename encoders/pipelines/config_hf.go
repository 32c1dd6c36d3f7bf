package pipelines

import (
	"encoding/json"
	"math"
	"strings"

	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// harmless are keys that change no pixel.
func harmless() []string {
	return []string{"processor_class", "_valid_processor_keys", "return_tensors", "device", "disable_grouping", "input_data_format", "do_convert_rgb"}
}

// huggingFace reads preprocessor_config.json; what it leaves out is the class's default.
func (k *keys) huggingFace() *Config {
	kind := "CLIPImageProcessor"
	k.take("feature_extractor_type", &kind)
	k.take("image_processor_type", &kind)
	c := &Config{Name: kind, Colour: picture.ColourRGB, Torch: true, ResizeTo: 224, Size: 224}
	square := false
	switch strings.TrimSuffix(kind, "Fast") {
	case "CLIPImageProcessor", "CLIPFeatureExtractor":
		n := preprocess.CLIPNormalise()
		c.Geometry, c.Mean, c.Std = preprocess.ShortSideCropDown, n.Mean, n.Std
	case "SiglipImageProcessor":
		n := preprocess.HalfNormalise()
		c.Geometry, c.Mean, c.Std, square = preprocess.Squash, n.Mean, n.Std, true
	default:
		k.fail("image_processor_type", "%q is not supported: want CLIPImageProcessor or SiglipImageProcessor", kind)
	}
	for _, key := range harmless() {
		delete(k.left, key)
	}
	for _, key := range []string{"do_resize", "do_rescale"} {
		k.want(key, true)
	}
	k.want("data_format", "channels_first")
	k.want("do_pad", false)
	k.want("pad_size", nil)
	k.want("use_square_size", false)
	k.numbers(c)
	k.geometry(c, square)
	return c
}

// numbers are the filter and the normalisation.
func (k *keys) numbers(c *Config) {
	const bilinear, bicubic = 2, 3 // PIL.Image.Resampling
	resample := bicubic
	if k.take("resample", &resample); resample != bilinear && resample != bicubic {
		k.fail("resample", "%d is not supported: want %d (bilinear) or %d (bicubic)", resample, bilinear, bicubic)
	}
	c.Bilinear = resample == bilinear
	factor := 1.0 / 255
	if k.take("rescale_factor", &factor); math.Abs(factor*255-1) > 1e-6 {
		k.fail("rescale_factor", "%v is not supported: want 1/255", factor)
	}
	k.three("image_mean", &c.Mean)
	k.three("image_std", &c.Std)
	normalise := true
	if k.take("do_normalize", &normalise); !normalise {
		c.Mean, c.Std = [3]float32{}, [3]float32{1, 1, 1}
	}
}

// geometry is what is resized to, of which side, and the crop.
func (k *keys) geometry(c *Config, square bool) {
	k.take("default_to_square", &square)
	side, short := k.side("size", c.ResizeTo, !square)
	c.ResizeTo = side
	crop := c.Geometry == preprocess.ShortSideCropDown // the class's default
	c.Geometry = preprocess.Squash
	if short {
		c.Geometry = preprocess.ShortSideCropDown
	}
	k.take("do_center_crop", &crop)
	cropped, _ := k.side("crop_size", c.Size, false)
	switch {
	case crop:
		c.Size = cropped
	case short:
		k.fail("do_center_crop", "false with a size by its shortest edge: the tensors would not be square")
	default:
		c.Size = side
	}
}

// side is a length and whether it is that of the short side: 224, {"shortest_edge": 224} or
// {"height": 224, "width": 224}.
func (k *keys) side(key string, or int, short bool) (int, bool) {
	var raw json.RawMessage
	if !k.take(key, &raw) {
		return or, short
	}
	if n := 0; json.Unmarshal(raw, &n) == nil {
		return n, short
	}
	in := &keys{}
	if err := json.Unmarshal(raw, &in.left); err != nil {
		k.fail(key, "%s: want a number or an object", raw)
		return or, short
	}
	var n, width, edge int
	both := in.take("height", &n)
	both = in.take("width", &width) && both
	short = in.take("shortest_edge", &edge)
	in.unknown(key + ".")
	switch {
	case in.err != nil:
		k.fail(key, "%v", in.err)
	case short == both:
		k.fail(key, "%s: want shortest_edge, or height and width", raw)
	case both && n != width:
		k.fail(key, "%s: only squares are supported", raw)
	case short:
		n = edge
	}
	return n, short
}
