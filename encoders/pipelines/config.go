package pipelines

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/encoders/preprocess/resample"
)

// The files that say how a model wants its pictures, in the order in which ReadConfig looks.
const (
	hfConfigFile       = "preprocessor_config.json"
	hfProcessorFile    = "processor_config.json"
	openCLIPConfigFile = "open_clip_config.json"
	preprocessCfgFile  = "preprocess_cfg.json"
)

// Config is how a model wants its pictures.
type Config struct {
	Name     string // of the pipeline: the processor's class, or open_clip
	Colour   picture.Colour
	Geometry preprocess.Geometry
	ResizeTo int // pixels, before the crop
	Size     int // side of the tensor, pixels
	Fill     byte
	Bilinear bool // instead of bicubic
	// Torch resizes uint8 tensors as Hugging Face's processors do, instead of Pillow's pictures.
	Torch     bool
	Mean, Std [3]float32 // where white is 1
}

// ReadConfig reads a Hugging Face preprocessor_config.json (CLIPImageProcessor and
// SiglipImageProcessor of transformers 5) or an open_clip_config.json; path names the file, or a
// folder that has one. What it does not know it refuses, by the key's name.
func ReadConfig(path string) (*Config, error) {
	file, data, err := configFile(path)
	if err != nil {
		return nil, err
	}
	read := ParseConfig
	if filepath.Base(file) == preprocessCfgFile {
		read = ParsePreprocessCfg
	}
	c, err := read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// ParseConfig is ReadConfig of a file's bytes.
func ParseConfig(data []byte) (*Config, error) {
	return parse(data, func(k *keys) *Config {
		if k.left["preprocess_cfg"] != nil || k.left["model_cfg"] != nil {
			return k.openCLIP()
		}
		return k.huggingFace()
	})
}

// Nested is the part of a processor_config.json of transformers 5 that is of pictures; nil if it has none.
func Nested(data []byte) (json.RawMessage, error) {
	var all struct {
		Pictures json.RawMessage `json:"image_processor"`
	}
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	if string(all.Pictures) == "null" {
		return nil, nil
	}
	return all.Pictures, nil
}

// ParsePreprocessCfg reads an open_clip preprocess_cfg that is a file of its own, as immich keeps it.
func ParsePreprocessCfg(data []byte) (*Config, error) {
	return parse(data, func(k *keys) *Config {
		all := k.left
		k.left = nil
		in := &keys{left: all}
		c := in.preprocessCfg(nil)
		k.err = in.err
		return c
	})
}

func parse(data []byte, read func(*keys) *Config) (*Config, error) {
	k := &keys{}
	if err := json.Unmarshal(data, &k.left); err != nil {
		return nil, err
	}
	if nested := k.left["image_processor"]; nested != nil {
		return parse(nested, read)
	}
	c := read(k)
	k.unknown("")
	k.check(c)
	return c, k.err
}

// Differs is what of two configs gives other tensors, or "". The libraries' own resamplers and rounding
// are no difference: both ways are the model's.
func (c *Config) Differs(o *Config) string {
	shape := func(g preprocess.Geometry) preprocess.Geometry {
		if g == preprocess.ShortSideCropDown {
			return preprocess.ShortSideCrop
		}
		return g
	}
	switch {
	case c.Size != o.Size:
		return fmt.Sprintf("pictures of %d and of %d pixels", c.Size, o.Size)
	case c.ResizeTo != o.ResizeTo:
		return fmt.Sprintf("resized to %d and to %d pixels", c.ResizeTo, o.ResizeTo)
	case shape(c.Geometry) != shape(o.Geometry):
		return fmt.Sprintf("%s and %s", shape(c.Geometry), shape(o.Geometry))
	case c.Bilinear != o.Bilinear:
		return "bilinear and bicubic"
	case c.Mean != o.Mean || c.Std != o.Std:
		return fmt.Sprintf("mean and deviation %v %v and %v %v", c.Mean, c.Std, o.Mean, o.Std)
	}
	return ""
}

func configFile(path string) (string, []byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", nil, err
	}
	if !info.IsDir() {
		data, err := os.ReadFile(path)
		return path, data, err
	}
	for _, name := range []string{hfConfigFile, hfProcessorFile, openCLIPConfigFile} {
		file := filepath.Join(path, name)
		data, err := os.ReadFile(file)
		if nested, wrong := Nested(data); err == nil && name == hfProcessorFile && nested == nil && wrong == nil {
			continue // it says nothing of pictures
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return file, data, err
		}
	}
	return "", nil, fmt.Errorf("%s has neither %s nor %s", path, hfConfigFile, openCLIPConfigFile)
}

// maxSide keeps a mistyped size from taking all memory.
const maxSide = 4096

func (k *keys) check(c *Config) {
	switch {
	case k.err != nil:
	case c.Size < 1 || c.ResizeTo > maxSide:
		k.fail("size", "%d to %d pixels: want 1 to %d", c.ResizeTo, c.Size, maxSide)
	case c.Size > c.ResizeTo:
		k.fail("crop_size", "%d is more than the %d pixels that are resized to", c.Size, c.ResizeTo)
	case c.Std[0] <= 0 || c.Std[1] <= 0 || c.Std[2] <= 0:
		k.fail("std", "%v: want three numbers above 0", c.Std)
	}
}

// Make is the pipeline that c describes.
func (m *Maker) Make(c *Config) (*preprocess.Pipeline, error) {
	dec, err := m.decoder("pillow")
	if err != nil {
		return nil, err
	}
	n := preprocess.NewNormalise(c.Mean, c.Std)
	var f preprocess.Filter = resample.PillowBicubic()
	switch {
	case c.Torch:
		f, n = resample.TorchByteFilter{Bilinear: c.Bilinear}, n.Of255()
	case c.Bilinear:
		f = resample.PillowBilinear()
	}
	return &preprocess.Pipeline{Name: c.Name, Decoder: dec, Transform: preprocess.Transform{
		Colour: c.Colour, Geometry: c.Geometry, Filter: f, Normalise: n, Size: c.Size, ResizeTo: c.ResizeTo, Fill: c.Fill,
	}}, nil
}

// keys are those of a JSON object that nobody took yet, and the first error.
type keys struct {
	left map[string]json.RawMessage
	err  error
}

func (k *keys) fail(key, format string, args ...any) {
	if k.err == nil {
		k.err = fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...))
	}
}

// take decodes a key into to and reports whether it is there; null is not there.
func (k *keys) take(key string, to any) bool {
	raw, ok := k.left[key]
	delete(k.left, key)
	if !ok || string(raw) == "null" {
		return false
	}
	if err := json.Unmarshal(raw, to); err != nil {
		k.fail(key, "%s: %v", raw, err)
	}
	return true
}

// want refuses a key whose value is not the one that is known.
func (k *keys) want(key string, value any) {
	var got any
	if k.take(key, &got) && got != value {
		k.fail(key, "%v is not supported: want %v", got, value)
	}
}

// three is a mean or a deviation by channel.
func (k *keys) three(key string, to *[3]float32) {
	var list []float32
	if !k.take(key, &list) {
		return
	}
	if len(list) != 3 {
		k.fail(key, "%d numbers, want 3", len(list))
		return
	}
	copy(to[:], list)
}

// unknown refuses what is left.
func (k *keys) unknown(prefix string) {
	if len(k.left) > 0 {
		k.fail(prefix+strings.Join(slices.Sorted(maps.Keys(k.left)), ", "+prefix), "unknown: the tensors could silently be others than the model's")
	}
}
