package pipelines

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/encoders/preprocess/resample"
)

func readConfig(t *testing.T, name, text string) (*Config, error) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	return ReadConfig(dir)
}

// The files of openai/clip-vit-large-patch14-336, google/siglip-base-patch16-256 and an open_clip model.
const (
	clip336 = `{"crop_size": 336, "do_center_crop": true, "do_normalize": true, "do_resize": true, "feature_extractor_type": "CLIPFeatureExtractor",
		"image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711], "resample": 3, "size": 336}`
	siglip256 = `{"do_convert_rgb": null, "do_normalize": true, "do_rescale": true, "do_resize": true, "image_mean": [0.5, 0.5, 0.5],
		"image_processor_type": "SiglipImageProcessor", "image_std": [0.5, 0.5, 0.5], "processor_class": "SiglipProcessor", "resample": 2,
		"rescale_factor": 0.00392156862745098, "size": {"height": 256, "width": 256}}`
	longest = `{"model_cfg": {"embed_dim": 512, "vision_cfg": {"image_size": 240, "layers": 12}}, "preprocess_cfg": {"size": [224, 224],
		"mean": [0, 0, 0], "std": [1, 1, 1], "interpolation": "bilinear", "resize_mode": "longest", "fill_color": 7}}`
)

func TestReadConfig(t *testing.T) {
	clip, half := preprocess.CLIPNormalise(), preprocess.HalfNormalise()
	hf := func(change func(*Config)) Config {
		c := Config{Name: "CLIPImageProcessor", Colour: picture.ColourRGB, Geometry: preprocess.ShortSideCropDown, ResizeTo: 224, Size: 224, Torch: true, Mean: clip.Mean, Std: clip.Std}
		change(&c)
		return c
	}
	open := Config{Name: "open_clip", Colour: picture.ColourMode, Geometry: preprocess.ShortSideCrop, ResizeTo: 224, Size: 224, Mean: clip.Mean, Std: clip.Std}
	bars := Config{Name: "open_clip", Colour: picture.ColourMode, Geometry: preprocess.LongSideFill, ResizeTo: 240, Size: 240, Fill: 7, Filter: resample.Bilinear, Std: [3]float32{1, 1, 1},
		Conflict: "preprocess_cfg.size is 224 and model_cfg.vision_cfg.image_size 240, which was used, as by open_clip"}
	for _, tt := range []struct {
		name, text string
		want       Config
	}{
		{hfConfigFile, `{}`, hf(func(*Config) {})},
		{hfConfigFile, clip336, hf(func(c *Config) { c.Name, c.ResizeTo, c.Size = "CLIPFeatureExtractor", 336, 336 })},
		{hfConfigFile, siglip256, hf(func(c *Config) {
			c.Name, c.Geometry, c.ResizeTo, c.Size, c.Filter, c.Mean, c.Std = "SiglipImageProcessor", preprocess.Squash, 256, 256, resample.Bilinear, half.Mean, half.Std
		})},
		{hfConfigFile, `{"image_processor_type": "ChineseCLIPImageProcessor", "size": 336, "crop_size": 336}`, hf(func(c *Config) { c.Name, c.ResizeTo, c.Size = "ChineseCLIPImageProcessor", 336, 336 })},
		{hfConfigFile, `{"image_processor_type": "BlipImageProcessor"}`, hf(func(c *Config) {
			c.Name, c.Geometry, c.ResizeTo, c.Size = "BlipImageProcessor", preprocess.Squash, 384, 384
		})},
		{hfConfigFile, `{"image_processor_type": "BlipImageProcessorFast", "size": 96}`, hf(func(c *Config) {
			c.Name, c.Geometry, c.ResizeTo, c.Size = "BlipImageProcessorFast", preprocess.Squash, 96, 96
		})},
		{hfConfigFile, `{"size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}, "image_processor_type": "CLIPImageProcessorFast"}`, hf(func(c *Config) { c.Name, c.ResizeTo = "CLIPImageProcessorFast", 256 })},
		{hfConfigFile, `{"size": {"height": 64, "width": 64}, "do_center_crop": false, "do_normalize": false}`, hf(func(c *Config) {
			c.Geometry, c.ResizeTo, c.Size, c.Mean, c.Std, c.Plain = preprocess.Squash, 64, 64, [3]float32{}, [3]float32{1, 1, 1}, true
		})},
		{hfConfigFile, `{"do_resize": false, "crop_size": 64, "resample": 0}`, hf(func(c *Config) {
			c.Geometry, c.ResizeTo, c.Size, c.Filter = preprocess.CropOnly, 64, 64, resample.Nearest
		})},
		{hfConfigFile, `{"size": 100, "do_rescale": false, "image_mean": 0.5, "image_std": [2], "do_sharpen": null}`, hf(func(c *Config) {
			c.ResizeTo, c.Factor, c.Mean, c.Std = 100, 1, [3]float32{0.5, 0.5, 0.5}, [3]float32{2, 2, 2}
		})},
		{hfConfigFile, `{"rescale_factor": 0.5, "resample": 1}`, hf(func(c *Config) { c.Factor, c.Filter = 0.5, resample.Lanczos })},
		{hfConfigFile, `{"size": [64, 64], "crop_size": [64, 64], "resample": 4}`, hf(func(c *Config) {
			c.Geometry, c.ResizeTo, c.Size, c.Filter = preprocess.Squash, 64, 64, resample.Box
		})},
		{openCLIPConfigFile, `{"preprocess_cfg": {"interpolation": "random", "mean": 0.5, "std": 0.25}}`, func() Config {
			c := open
			c.Mean, c.Std = [3]float32{0.5, 0.5, 0.5}, [3]float32{0.25, 0.25, 0.25}
			return c
		}()},
		{openCLIPConfigFile, `{"preprocess_cfg": {}}`, open},
		{openCLIPConfigFile, longest, bars},
	} {
		got, err := readConfig(t, tt.name, tt.text)
		if assert.NoError(t, err, tt.text) {
			assert.Equal(t, &tt.want, got, tt.text)
		}
	}
}

// TestReadConfigRefuses: an error names the key that is unknown or not supported.
func TestReadConfigRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{"do_sharpen": true, "do_blur": 1}`:                           "do_blur, do_sharpen: unknown",
		`{"image_processor_type": "ViTImageProcessor"}`:                `image_processor_type: "ViTImageProcessor"`,
		`{"resample": 6}`:                                              "resample: 6",
		`{"resample": -1}`:                                             "resample: -1",
		`{"resample": 4, "size": 100}`:                                 "resample: box with a crop",
		`{"do_convert_rgb": false}`:                                    "do_convert_rgb: false",
		`{"image_processor_type": "SiglipImageProcessor", "size": 64}`: "do_center_crop: false with a size by its shortest edge",
		`{"size": [224, 224, 3]}`:                                      "size: ",
		`{"resample": "bicubic"}`:                                      "resample: ",
		`{"rescale_factor": 0}`:                                        "rescale_factor: 0",
		`{"do_resize": false, "do_center_crop": false}`:                "do_resize: false, and do_center_crop",
		`{"do_center_crop": false}`:                                    "do_center_crop: false",
		`{"do_pad": true}`:                                             "do_pad: true",
		`{"size": {"shortest_edge": 224, "longest_edge": 400}}`:        "size.longest_edge",
		`{"size": {"height": 224}}`:                                    "size: ",
		`{"size": {"height": 224, "width": 196}}`:                      "only squares",
		`{"size": 0}`:                                                  "size: 0",
		`{"size": 5000}`:                                               "size: 5000",
		`{"crop_size": 0}`:                                             "size: ",
		`{"size": "large"}`:                                            "size: ",
		`{"image_mean": [1, 2]}`:                                       "image_mean: 2 numbers",
		`{"image_std": [1, 0, 1]}`:                                     "std: ",
		`{"preprocess_cfg": {"resize_mode": "fit"}}`:                   `resize_mode: "fit"`,
		`{"preprocess_cfg": {"interpolation": "lanczos"}}`:             `interpolation: "lanczos"`,
		`{"preprocess_cfg": {"fill_color": 256}}`:                      "fill_color",
		`{"preprocess_cfg": {"gamma": 2}}`:                             "preprocess_cfg.gamma: unknown",
		`{"preprocess_cfg": {"mode": "L"}}`:                            "mode: L",
		`{"preprocess_cfg": {}, "tokenizer": 1}`:                       "tokenizer: unknown",
		`{"model_cfg": {"vision_cfg": {"image_size": [224, 196]}}}`:    "image_size: [224, 196]",
		`[1]`: "it is a JSON array: want an object", `{`: "unexpected end",
	} {
		_, err := readConfig(t, hfConfigFile, text)
		if assert.ErrorContains(t, err, want, text) {
			assert.ErrorContains(t, err, hfConfigFile, "the file is named")
		}
	}
	_, err := ReadConfig(t.TempDir())
	assert.ErrorContains(t, err, "has neither preprocessor_config.json nor open_clip_config.json")
	_, err = ReadConfig(filepath.Join(t.TempDir(), "gone"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// TestMake: CLIP's default config gives the same values as the pipeline hf_processor.
func TestMake(t *testing.T) {
	m := newMaker(t)
	c, err := readConfig(t, hfConfigFile, `{}`)
	require.NoError(t, err)
	p, err := m.Make(c)
	require.NoError(t, err)
	assert.Equal(t, lookup(t, m, "hf_processor").Key(), p.Key())
	c, err = readConfig(t, openCLIPConfigFile, longest)
	require.NoError(t, err)
	p, err = m.Make(c)
	require.NoError(t, err)
	assert.Contains(t, p.Key(), "geometry=long-side+fill resize=pillow-bilinear@"+picture.PillowVersion+" normalise=[0 0 0]/[1 1 1] size=240 fill=7")
	got := run(t, p, readFile(t, "grey.png"))
	assert.Len(t, got, 3*240*240)
}

// TestOptions: each pipeline of the table accepts another side, mean and deviation.
func TestOptions(t *testing.T) {
	m := newMaker(t)
	for _, name := range []string{"original_clip", "siglip"} {
		p, err := m.Lookup(name, Options{Size: 8, Std: [3]float32{1, 1, 1}})
		require.NoError(t, err)
		q, err := m.Lookup(name, Options{Size: 8, Mean: [3]float32{0.5, 0.5, 0.5}, Std: [3]float32{2, 2, 2}})
		require.NoError(t, err)
		assert.NotEqual(t, p.Key(), q.Key())
		a, b := run(t, p, readFile(t, "rgba.png")), run(t, q, readFile(t, "rgba.png"))
		for i, v := range a {
			assert.InDelta(t, (v-0.5)/2, b[i], 1e-6)
		}
	}
}

// FuzzParseConfig: any preprocessor file gives an error, or a pipeline with a size.
func FuzzParseConfig(f *testing.F) {
	for _, seed := range []string{
		clip336, siglip256, longest, "", "null", "[]", "{", "\xff", `{"image_processor": {"image_processor": null}}`, `{"size": {"shortest_edge": -1}}`, `{"size": 1e99}`, `{"size": 1.5, "image_std": [0, 0, 0]}`,
		`{"preprocess_cfg": {"size": [224]}}`, `{"image_mean": ["a"]}`, `{"do_resize": "no", "crop_size": {"height": 1, "width": 2}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, read := range []func([]byte) (*Config, error){ParseConfig, ParsePreprocessCfg} {
			c, err := read(data)
			if err != nil {
				continue
			}
			require.Positive(t, c.Size)
			for _, v := range c.Std {
				require.NotZero(t, v)
			}
		}
	})
}
