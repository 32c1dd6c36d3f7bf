// Package pipelines holds the table of named preprocessing pipelines.
package pipelines

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/fastclip/fastclip/encoders/adapters"
	"github.com/fastclip/fastclip/encoders/cv"
	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/preprocess/decode"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/encoders/preprocess/resample"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/native"
	"github.com/fastclip/fastclip/internal/python"
	"github.com/fastclip/fastclip/internal/suggest"
)

// entry is a row of the table.
type entry struct {
	name, about string
	decoder     string // pillow, opencv or go
	colour      picture.Colour
	geometry    preprocess.Geometry
	filter      string // pillow, torch, torch-uint8, go, or the name of an OpenCV interpolation
	normalise   string // "": CLIP's; hf: CLIP's, computed as in transformers; siglip: SigLIP's; bgr: CLIP's, with the colour channels reversed
}

const (
	asDecoded = picture.ColourMode
	toRGB     = picture.ColourRGB
	toGrey    = picture.ColourGrey
	onBlack   = picture.ColourOnBlack
	crop      = preprocess.ShortSideCrop
	cropDown  = preprocess.ShortSideCropDown
	squash    = preprocess.Squash
)

// table lists the pipelines of the research notes, and those of other libraries.
func table() []entry {
	return []entry{
		{"original_clip", "openai/CLIP's, bit for bit equal to Pillow", "pillow", asDecoded, crop, "pillow", ""},
		{"our_clip_implementation", "the same, under its name in the research notes", "pillow", asDecoded, crop, "pillow", ""},
		{"rgb_conversion", "to RGB before the resize", "pillow", toRGB, crop, "pillow", ""},
		{"grey_conversion", "to grey before the resize", "pillow", toGrey, crop, "pillow", ""},
		{"script_based", "TorchScript's way: a float tensor, torch's antialiased bicubic, nothing rounded or clipped", "pillow", toRGB, crop, "torch", ""},
		{"hf_processor", "transformers 5: CLIPImageProcessor on a uint8 tensor, with weights of 16 bits", "pillow", toRGB, cropDown, "torch-uint8", "hf"},
		{"siglip", "transformers 5: SiglipImageProcessor, bicubic straight to a square, -1 to 1", "pillow", toRGB, squash, "torch-uint8", "siglip"},
		{"opencv_cubic", "OpenCV decode, cubic without antialias, short side and centre crop", "opencv", toRGB, crop, "cubic", ""},
		{"opencv_area", "OpenCV decode, INTER_AREA, short side and centre crop", "opencv", toRGB, crop, "area", ""},
		{"opencv_lanczos", "OpenCV decode, Lanczos without antialias, short side and centre crop", "opencv", toRGB, crop, "lanczos", ""},
		{"opencv_based", "the research notes' OpenCV: cubic, directly to a square, without the aspect ratio", "opencv", toRGB, squash, "cubic", ""},
		{"read_from_cv", "the same, under another name in the research notes", "opencv", toRGB, squash, "cubic", ""},
		{"opencv_bgr", "the same as opencv_cubic, left in OpenCV's order of colours: a common slip", "opencv", toRGB, crop, "cubic", "bgr"},
		{"go_image", "Go's image/jpeg and image/png, x/image/draw CatmullRom into an image.RGBA: alpha blended onto black", "go", onBlack, crop, "go", ""},
	}
}

// Options change a pipeline to what a model expects.
type Options struct {
	Size      int        // side of the tensor; 0 means 224
	Mean, Std [3]float32 // per channel, where white is 1; a Std of 0 keeps the pipeline's own
}

// Names lists the pipelines.
func Names() []string {
	var out []string
	for _, e := range table() {
		out = append(out, e.name)
	}
	return out
}

// About describes a pipeline in one line; "" for an unknown one.
func About(name string) string {
	for _, e := range table() {
		if e.name == name {
			return e.about
		}
	}
	return ""
}

// Maker makes pipelines that share decoders. It is safe for concurrent use.
type Maker struct {
	ISA string // instruction set of isa.All for Pillow's filter; "" means isa.Used

	once   sync.Once
	pillow *decode.PillowDecoder
	err    error
}

// Lookup makes the named pipeline. The error wraps machine.ErrUnavailable if a library that the pipeline needs is
// missing.
func (m *Maker) Lookup(name string, o Options) (*preprocess.Pipeline, error) {
	at := slices.IndexFunc(table(), func(e entry) bool { return e.name == name })
	if at < 0 {
		return nil, fmt.Errorf("no pipeline %q: want one of %s%s", name, strings.Join(Names(), ", "), suggest.Hint(name, Names()))
	}
	e := table()[at]
	dec, err := m.decoder(e.decoder)
	if err != nil {
		return nil, err
	}
	f, err := m.filter(e.filter)
	if err != nil {
		return nil, err
	}
	if o.Size == 0 {
		o.Size = 224
	}
	n := normalise(e.normalise)
	if o.Std != [3]float32{} {
		n = n.With(o.Mean, o.Std)
	}
	return &preprocess.Pipeline{Name: name, Decoder: dec, Transform: preprocess.Transform{
		Colour: e.colour, Geometry: e.geometry, Filter: f, Normalise: n, Size: o.Size, BGR: e.normalise == "bgr",
	}}, nil
}

func (m *Maker) decoder(name string) (decode.Decoder, error) {
	switch name {
	case "go":
		return decode.GoDecoder{}, nil
	case "opencv":
		return cv.NewDecoder()
	}
	m.once.Do(func() { m.pillow, m.err = openPillow() })
	if m.err != nil {
		return nil, m.err
	}
	return m.pillow, nil
}

// openPillow fails without libjpeg-turbo. Without libwebp, only WebP files are refused. Without libdeflate, PNG files take longer.
func openPillow() (*decode.PillowDecoder, error) {
	jpeg, err := native.Find("jpeg")
	if errors.Is(err, native.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", machine.ErrUnavailable, err)
	}
	if err != nil {
		return nil, err
	}
	paths := decode.PillowLibraries{JPEG: jpeg, Helper: func() ([]string, error) { return python.Line(adapters.Script(adapters.PillowScript)) }}
	if webp, err := native.Find("webp"); err == nil {
		paths.WebP = webp
	}
	if demux, err := native.Find("webpdemux"); err == nil {
		paths.WebPDemux = demux
	}
	if deflate, err := native.Find("deflate"); err == nil {
		paths.Deflate = deflate
	}
	if zlib, err := native.Find("z"); err == nil {
		paths.Zlib = zlib
	}
	return decode.NewPillowDecoder(paths)
}

func (m *Maker) filter(name string) (preprocess.Filter, error) {
	switch name {
	case "pillow":
		return resample.PillowBicubic().On(m.ISA)
	case "torch":
		return resample.TorchFilter{}, nil
	case "torch-uint8":
		return resample.TorchByteFilter{}, nil
	case "go":
		return resample.NewGoFilter(), nil
	}
	return cv.NewFilter(name)
}

func normalise(name string) preprocess.Normalise {
	switch name {
	case "hf":
		return preprocess.CLIPNormalise().Of255()
	case "siglip":
		return preprocess.HalfNormalise().Of255()
	}
	return preprocess.CLIPNormalise()
}

// Close unloads the shared libraries. Pipelines must not be used afterwards.
func (m *Maker) Close() error {
	if m.pillow == nil {
		return nil
	}
	return m.pillow.Close()
}
