package pipelines

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/encoders/preprocess/resample"
	"github.com/fastclip/fastclip/internal/pyjson"
)

// The files that describe a model's preprocessing, in the order in which ReadConfig looks for them.
const (
	hfProcessorFile    = "processor_config.json" // the newer file of transformers
	hfConfigFile       = "preprocessor_config.json"
	openCLIPConfigFile = "open_clip_config.json"
	preprocessCfgFile  = "preprocess_cfg.json"
)

// Config describes the preprocessing that a model expects.
type Config struct {
	Name     string // the processor's class, or open_clip; part of the pipeline's name
	Colour   picture.Colour
	Geometry preprocess.Geometry
	ResizeTo int // in pixels, before the crop
	Size     int // side of the tensor, in pixels
	Fill     byte
	Filter   string // a filter of package resample; "" means bicubic
	// Torch resizes uint8 tensors as Hugging Face's processors do, instead of resizing as Pillow does.
	Torch     bool
	Mean, Std [3]float32 // of what Factor makes of samples
	Factor    float64    // that samples are multiplied with; 0: 1/255, so that white is 1
	Plain     bool       // and that is all
	// Conflict says what the file says twice and differently; "": nothing.
	Conflict string
}

// AsSamples returns c without normalisation, for a model that takes 8-bit samples.
func (c Config) AsSamples() *Config {
	c.Mean, c.Std, c.Factor, c.Plain = [3]float32{}, [3]float32{1.0 / 255, 1.0 / 255, 1.0 / 255}, 0, false
	return &c
}

// White returns the mean and the standard deviation on a scale where white is 1.
func (c *Config) White() (mean, std [3]float32) {
	mean, std = c.Mean, c.Std
	for i := range 3 {
		if c.Plain {
			mean[i], std[i] = 0, 1
		}
		if c.Factor != 0 {
			mean[i], std[i] = float32(float64(mean[i])/(255*c.Factor)), float32(float64(std[i])/(255*c.Factor))
		}
	}
	return mean, std
}

// ReadConfig reads a Hugging Face preprocessor_config.json (CLIPImageProcessor and SiglipImageProcessor of
// transformers 5) or an open_clip_config.json. path names the file, or a folder that contains one. It refuses
// unknown keys by name.
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

// ParseConfig is ReadConfig for the bytes of a file.
func ParseConfig(data []byte) (*Config, error) {
	return parse(data, func(k *keys) *Config {
		if k.left["preprocess_cfg"] != nil || k.left["model_cfg"] != nil {
			return k.openCLIP()
		}
		return k.huggingFace()
	})
}

// Nested returns the image processor's part of a transformers 5 processor_config.json, or nil if there is none.
func Nested(data []byte) (json.RawMessage, error) {
	var all struct {
		Pictures json.RawMessage `json:"image_processor"`
	}
	if err := pyjson.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	if string(all.Pictures) == "null" {
		return nil, nil
	}
	return all.Pictures, nil
}

// ParsePreprocessCfg reads an open_clip preprocess_cfg in a file of its own, which immich uses.
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
	if err := pyjson.Unmarshal(data, &k.left); err != nil {
		return nil, err
	}
	if nested := k.left["image_processor"]; nested != nil {
		if !strings.HasPrefix(string(nested), "{") {
			return nil, fmt.Errorf("image_processor: %.60s: want an object", nested)
		}
		for _, key := range besideNested() {
			delete(k.left, key)
		}
		if k.unknown(""); k.err != nil {
			return nil, fmt.Errorf("beside image_processor: %w", k.err)
		}
		return parse(nested, read)
	}
	c := read(k)
	k.unknown("")
	k.check(c)
	return c, k.err
}

// Differs returns the first setting in which two configs differ so that tensors differ, or "". The libraries' own resamplers and rounding do not count,
// because a model may be used with either.
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
	case c.Filter != o.Filter:
		return fmt.Sprintf("%s and %s", cmp.Or(c.Filter, "bicubic"), cmp.Or(o.Filter, "bicubic"))
	}
	mean, std := c.White()
	if m, s := o.White(); !near(m, mean) || !near(s, std) {
		return fmt.Sprintf("mean and deviation %v %v and %v %v", mean, std, m, s)
	}
	return ""
}

// near reports whether two factors are equal, apart from the number of digits written.
func near(a, b [3]float32) bool {
	for i := range a {
		if math.Abs(float64(a[i]-b[i])) > 1e-5*math.Abs(float64(b[i])) {
			return false
		}
	}
	return true
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
	for _, name := range []string{hfProcessorFile, hfConfigFile, openCLIPConfigFile} {
		file := filepath.Join(path, name)
		data, err := os.ReadFile(file)
		if nested, wrong := Nested(data); err == nil && name == hfProcessorFile && nested == nil && wrong == nil {
			continue // this file does not describe preprocessing
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return file, data, err
		}
	}
	return "", nil, fmt.Errorf("%s has neither %s nor %s", path, hfConfigFile, openCLIPConfigFile)
}

// Make is the pipeline that c describes.
func (m *Maker) Make(c *Config) (*preprocess.Pipeline, error) {
	dec, err := m.decoder("pillow")
	if err != nil {
		return nil, err
	}
	factor := cmp.Or(c.Factor, 1.0/255)
	n := preprocess.NewNormalise(c.Mean, c.Std)
	var f preprocess.Filter = resample.Pillow(c.Filter)
	switch torch := c.Filter != resample.Box && c.Filter != resample.Hamming; { // torch has no such filter
	case c.Torch && torch:
		f, n = resample.TorchByteFilter{Mode: c.Filter}, n.Rescaled(factor)
	case c.Torch:
		n = n.RescaledFirst(factor)
	}
	if c.Plain {
		n = preprocess.Multiplied(factor)
	}
	return &preprocess.Pipeline{Name: c.Name, Decoder: dec, Transform: preprocess.Transform{
		Colour: c.Colour, Geometry: c.Geometry, Filter: f, Normalise: n, Size: c.Size, ResizeTo: c.ResizeTo, Fill: c.Fill,
	}}, nil
}
