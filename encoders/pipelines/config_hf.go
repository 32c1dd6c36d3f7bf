package pipelines

import (
	"encoding/json"
	"strings"

	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/encoders/preprocess/resample"
)

// harmless lists keys that do not affect pixels.
func harmless() []string {
	return []string{"processor_class", "_valid_processor_keys", "return_tensors", "device", "disable_grouping", "input_data_format"}
}

// besideNested are keys of a processor_config.json that have no effect on pictures: of videos, sounds and texts, and
// of how a language model's prompt gives room to a picture.
func besideNested() []string {
	return []string{"image_processor", "processor_class", "video_processor", "feature_extractor", "audio_processor", "tokenizer", "chat_template",
		"image_token", "video_token", "image_seq_length", "patch_size", "num_additional_image_tokens", "vision_feature_select_strategy"}
}

// huggingFace reads preprocessor_config.json; what it leaves out is the class's default.
func (k *keys) huggingFace() *Config {
	kind := "CLIPImageProcessor"
	k.take("feature_extractor_type", &kind)
	k.take("image_processor_type", &kind)
	c := &Config{Name: kind, Colour: picture.ColourRGB, Torch: true, ResizeTo: 224, Size: 224}
	clip, square, n := true, false, preprocess.CLIPNormalise()
	switch strings.TrimSuffix(strings.TrimSuffix(kind, "Fast"), "Pil") {
	case "CLIPImageProcessor", "CLIPFeatureExtractor", "ChineseCLIPImageProcessor", "ChineseCLIPFeatureExtractor", "BitImageProcessor":
	case "SiglipImageProcessor":
		clip, n = false, preprocess.HalfNormalise()
	case "BlipImageProcessor":
		clip, square, c.ResizeTo, c.Size = false, true, 384, 384
	default:
		k.fail("image_processor_type", "%q is not supported: want CLIPImageProcessor, SiglipImageProcessor, ChineseCLIPImageProcessor, BitImageProcessor or BlipImageProcessor", kind)
	}
	c.Mean, c.Std = n.Mean, n.Std
	for _, key := range harmless() {
		delete(k.left, key)
	}
	k.want("do_convert_rgb", true)
	k.want("data_format", "channels_first")
	k.want("do_pad", false)
	k.want("use_square_size", false)
	k.numbers(c)
	k.geometry(c, clip, square)
	return c
}

// filters are the names of PIL.Image.Resampling, in the order of their numbers.
func filters() []string {
	return []string{resample.Nearest, resample.Lanczos, resample.Bilinear, "", resample.Box, resample.Hamming}
}

// numbers reads the filter, the scale factor and the normalisation.
func (k *keys) numbers(c *Config) {
	number := 3 // bicubic
	k.take("resample", &number)
	if number < 0 || number >= len(filters()) {
		k.fail("resample", "%d is not supported: want 0 (nearest), 1 (lanczos), 2 (bilinear), 3 (bicubic), 4 (box) or 5 (hamming)", number)
		return
	}
	c.Filter = filters()[number]
	factor, rescale, normalise := 1.0/255, true, true
	k.take("rescale_factor", &factor)
	if k.take("do_rescale", &rescale); !rescale {
		factor = 1
	}
	if factor <= 0 {
		k.fail("rescale_factor", "%v is not supported: want a number above 0", factor)
	}
	if factor != 1.0/255 {
		c.Factor = factor
	}
	k.three("image_mean", &c.Mean)
	k.three("image_std", &c.Std)
	if k.take("do_normalize", &normalise); !normalise {
		c.Mean, c.Std, c.Plain = [3]float32{}, [3]float32{1, 1, 1}, true
	}
}

// geometry reads the sizes of resize and crop. clip chooses CLIP's defaults, otherwise SigLIP's. square says whether a size given as one number means a
// square.
func (k *keys) geometry(c *Config, clip, square bool) {
	resize, crop := true, clip
	k.take("default_to_square", &square)
	side, short := k.side("size", c.ResizeTo, clip, square)
	k.take("do_resize", &resize)
	k.take("do_center_crop", &crop)
	cropped, _ := k.side("crop_size", c.Size, false, true)
	switch {
	case !resize:
		c.Geometry = preprocess.CropOnly
	case short:
		c.Geometry = preprocess.ShortSideCropDown
	default:
		c.Geometry = preprocess.Squash
	}
	switch {
	case crop && !resize:
		c.ResizeTo, c.Size = cropped, cropped
	case crop:
		c.ResizeTo, c.Size = side, cropped
	case !resize:
		k.fail("do_resize", "false, and do_center_crop, too: tensors would have the pictures' own sizes")
	case short:
		k.fail("do_center_crop", "false with a size by its shortest edge: the tensors would not be square; want a size of height and width, or a crop")
	default:
		c.ResizeTo, c.Size = side, side
	}
}

// side reads a length, and reports whether it is the length of the short side. It accepts 224, [224, 224], {"shortest_edge": 224} and {"height": 224,
// "width": 224}. One number means a square if square is set, otherwise the short side. short is the answer if the key is missing.
func (k *keys) side(key string, or int, short, square bool) (int, bool) {
	var raw json.RawMessage
	if !k.take(key, &raw) {
		return or, short
	}
	if n := 0; json.Unmarshal(raw, &n) == nil {
		return n, !square
	}
	if both := []int{}; json.Unmarshal(raw, &both) == nil && len(both) == 2 {
		raw, _ = json.Marshal(map[string]int{"height": both[0], "width": both[1]}) // cannot fail for integers
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
