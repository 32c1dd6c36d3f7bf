package preprocess

import (
	"fmt"
	"image"

	"github.com/fastclip/fastclip/encoders/preprocess/decode"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/encoders/preprocess/resample"
)

// Filter resizes a picture to w x h and returns the part that crop names. It is safe for concurrent use and does
// not change src.
type Filter interface {
	Name() string
	Version() string
	Resize(src *picture.Picture, w, h int, crop image.Rectangle) (*picture.Picture, error)
}

// IntoFilter is a Filter that can put its result into the memory of another picture, which it overwrites.
type IntoFilter interface {
	Filter
	ResizeInto(dst, src *picture.Picture, w, h int, crop image.Rectangle) error
}

// The stages of a pipeline, in order. Swap uses the same names.
const (
	StageDecode    = "decode"
	StageColour    = "colour"
	StageGeometry  = "geometry"
	StageResize    = "resize"
	StageOrder     = "colour_order"
	StageNormalise = "normalise"
)

// Stages lists the stages in order.
func Stages() []string {
	return []string{StageDecode, StageColour, StageGeometry, StageResize, StageOrder, StageNormalise}
}

// Tap receives the result of each stage, on the very path that is measured. Geometry has no result of its own, and
// the result of normalise is the tensor. The result of a float filter is rounded to 8 bits.
type Tap func(stage string, p *picture.Picture)

// Pipeline turns a picture file into a float32 tensor of shape (3, Size, Size), in RGB.
type Pipeline struct {
	Name      string
	Decoder   decode.Decoder
	Transform Transform
}

// Transform is what a pipeline does with decoded pixels.
type Transform struct {
	Colour    picture.Colour
	Geometry  Geometry
	Filter    Filter
	Normalise Normalise
	Size      int  // side of the tensor
	ResizeTo  int  // what Geometry resizes to before the crop; 0: Size
	Fill      byte // of LongSideFill's bars, every channel
	BGR       bool // the colours are in the order blue, green, red, as OpenCV reads them: a common mistake
}

func (t *Transform) resizeTo() int {
	if t.ResizeTo == 0 {
		return t.Size
	}
	return t.ResizeTo
}

// Len is the number of values of a tensor.
func (p *Pipeline) Len() int { return 3 * p.Transform.Size * p.Transform.Size }

// Run decodes and transforms.
func (p *Pipeline) Run(data []byte, dst []float32, tap Tap) error {
	pic, err := (*picture.Picture)(nil), error(nil)
	if tap == nil {
		pic, err = decode.Lend(p.Decoder, data)
		defer pic.Return()
	} else {
		pic, err = p.Decoder.Decode(data)
	}
	if err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	if tap != nil {
		tap(StageDecode, pic)
	}
	return p.Transform.Apply(pic, dst, tap)
}

// Apply fills dst, which has 3*Size*Size values, with the tensor of a decoded picture.
func (t *Transform) Apply(pic *picture.Picture, dst []float32, tap Tap) error {
	if len(dst) != 3*t.Size*t.Size {
		return fmt.Errorf("tensor of %d values, want 3x%dx%d", len(dst), t.Size, t.Size)
	}
	if t.Rounds() {
		return t.eightBits(pic, tap, func(rgb []byte) { t.Normalise.apply(dst, rgb) })
	}
	w, h, crop := t.Geometry.plan(pic.W, pic.H, t.resizeTo(), t.Size)
	t.applyFloat(t.Filter.(resample.Float), pic, dst, w, h, crop, tap)
	return nil
}

// Rounds tells whether the tensor is made from 8-bit samples, each of which Normalise turns into one value. If so,
// Bytes followed by Spread gives the same as Apply.
func (t *Transform) Rounds() bool {
	_, float := t.Filter.(resample.Float)
	return !float || t.Geometry == LongSideFill
}

// Bytes fills dst, which has 3*Size*Size values, with the samples before Normalise: pixel by pixel, in the
// tensor's order of colours. It panics if the transform does not round.
func (t *Transform) Bytes(pic *picture.Picture, dst []byte) error {
	if len(dst) != 3*t.Size*t.Size || !t.Rounds() {
		panic(fmt.Sprintf("preprocess: %d samples of %dx%d, rounded: %t", len(dst), t.Size, t.Size, t.Rounds()))
	}
	return t.eightBits(pic, nil, func(rgb []byte) { copy(dst, rgb) })
}

// Spread turns the result of Bytes into a tensor.
func (t *Transform) Spread(dst []float32, rgb []byte) { t.Normalise.apply(dst, rgb) }

// eightBits passes the samples before normalisation to use, which must not keep them.
func (t *Transform) eightBits(pic *picture.Picture, tap Tap, use func(rgb []byte)) error {
	var mem *resample.Scratch
	w, h, crop := t.Geometry.plan(pic.W, pic.H, t.resizeTo(), t.Size)
	part := pic.Bounds()
	if f, ok := t.Filter.(resample.InScratch); ok && tap == nil { // a tap may keep what it sees
		mem, part = f.Scratch(), f.Reads(pic, w, h, crop)
	} else if _, ok := t.Filter.(IntoFilter); ok && tap == nil {
		mem = resample.Shared()
	}
	defer mem.Release()
	mem.Yield()
	small, err := t.square(mem, pic, w, h, crop, part, tap)
	if err != nil {
		return fmt.Errorf("resize: %w", err)
	}
	if t.BGR {
		small = small.Reversed(mem)
	}
	if tap != nil {
		tap(StageResize, small)
	}
	use(small.Pix)
	return nil
}

func (t *Transform) applyFloat(f resample.Float, pic *picture.Picture, dst []float32, w, h int, crop image.Rectangle, tap Tap) {
	var mem *resample.Scratch
	part := pic.Bounds()
	if tap == nil { // a tap may keep what it sees
		mem, part = f.Scratch(), f.Reads(pic, w, h, crop)
		defer mem.Release()
		mem.Yield()
	}
	pic = resample.Convert(mem, t.Colour, pic, part)
	if tap != nil {
		tap(StageColour, pic)
	}
	planes := f.ResizeFloat(mem, pic, w, h, crop)
	if t.BGR {
		n := len(planes) / 3
		for i, v := range planes[:n] {
			planes[i], planes[2*n+i] = planes[2*n+i], v
		}
	}
	if tap != nil {
		tap(StageResize, resample.Rounded(nil, planes, t.Size, t.Size))
	}
	t.Normalise.applyFloat(dst, planes)
}

// square is the RGB after resize and crop. Where colour and resize are one pass, the tap gets an extra
// picture for the colour stage. The resize that it sees is that of the fused pass.
func (t *Transform) square(mem *resample.Scratch, pic *picture.Picture, w, h int, crop, part image.Rectangle, tap Tap) (*picture.Picture, error) {
	if w < 1 || h < 1 {
		return nil, fmt.Errorf("a picture of %dx%d pixels would become %dx%d: nothing would be left", pic.W, pic.H, w, h)
	}
	inner, small := crop.Intersect(image.Rect(0, 0, w, h)), (*picture.Picture)(nil)
	f, fused := t.Filter.(resample.InScratch)
	if fused {
		small = f.ResizeRGB(mem, pic, t.Colour, w, h, inner)
	}
	if small == nil || tap != nil {
		pic = resample.Convert(mem, t.Colour, pic, part)
	}
	if tap != nil {
		tap(StageColour, pic)
	}
	if small == nil && fused { // there is no such way from pic's own mode, but there may be one from this picture
		small = f.ResizeRGB(mem, pic, picture.ColourMode, w, h, inner)
	}
	if small == nil {
		var err error
		if small, err = t.resized(mem, pic, w, h, inner); err != nil {
			return nil, err
		}
	}
	if inner != crop {
		small = barred(mem, small, inner.Min.X-crop.Min.X, inner.Min.Y-crop.Min.Y, crop.Dx(), crop.Dy(), t.Fill)
	}
	return small.ToRGB(mem, small.Bounds()), nil
}

// Sized is p for tensors of the other's size. The size before a crop changes in proportion.
func (p Pipeline) Sized(other *Pipeline) *Pipeline {
	if to, from := other.Transform.Size, p.Transform.Size; to != from {
		p.Name = fmt.Sprintf("%s at %d", p.Name, to)
		p.Transform.Size = to
		if p.Transform.ResizeTo != 0 {
			p.Transform.ResizeTo = max(to, (p.Transform.ResizeTo*to+from/2)/from)
		}
	}
	return &p
}

// Swap is p with one stage taken from other.
func (p Pipeline) Swap(stage string, other *Pipeline) (*Pipeline, error) {
	p.Name = fmt.Sprintf("%s with %s of %s", p.Name, stage, other.Name)
	switch stage {
	case StageDecode:
		p.Decoder = other.Decoder
	case StageColour:
		p.Transform.Colour = other.Transform.Colour
	case StageGeometry:
		p.Transform.Geometry, p.Transform.ResizeTo, p.Transform.Fill = other.Transform.Geometry, other.Transform.ResizeTo, other.Transform.Fill
	case StageResize:
		p.Transform.Filter = other.Transform.Filter
	case StageOrder:
		p.Transform.BGR = other.Transform.BGR
	case StageNormalise:
		p.Transform.Normalise = other.Transform.Normalise
	default:
		return nil, fmt.Errorf("no stage %q in a pipeline", stage)
	}
	return &p, nil
}
