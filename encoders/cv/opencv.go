//go:build opencv

package cv

import (
	"errors"
	"fmt"
	"image"
	"runtime"
	"sync"

	"gocv.io/x/gocv"

	"github.com/fastclip/fastclip/encoders/preprocess"
	"github.com/fastclip/fastclip/encoders/preprocess/decode"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// Version is the version of OpenCV in use, or "" without it.
func Version() string { return gocv.OpenCVVersion() }

// mat is OpenCV's memory for one picture, reused for the next one. A gocv.Mat lives in C's memory.
type mat struct{ gocv.Mat }

// newMatPool keeps unused mats. A mat that it drops frees its memory.
func newMatPool() *sync.Pool {
	return &sync.Pool{New: func() any {
		m := &mat{gocv.NewMat()}
		runtime.SetFinalizer(m, func(m *mat) { _ = m.Close() })
		return m
	}}
}

type decoder struct{ pool *sync.Pool }

// NewDecoder decodes as cv2.imdecode(IMREAD_COLOR) does, the way most programs call it: three channels, no alpha,
// EXIF orientation applied. It puts the channels in the order RGB.
func NewDecoder() (decode.Decoder, error) { return decoder{newMatPool()}, nil }

func (decoder) Name() string    { return "opencv" }
func (decoder) Version() string { return Version() }

// Decode implements decode.Decoder.
func (d decoder) Decode(data []byte) (*picture.Picture, error) {
	return picture.Filled(func(p *picture.Picture) error { return d.DecodeInto(p, data) })
}

// DecodeInto implements decode.Reuser. OpenCV's decoders use memory of their own.
func (d decoder) DecodeInto(p *picture.Picture, data []byte) error {
	if len(data) == 0 {
		return errors.New("empty file")
	}
	// Start with a new one, because cv::imdecode leaves an old picture unchanged when it has no decoder.
	m, err := gocv.IMDecode(data, gocv.IMReadColor)
	if err != nil {
		return fmt.Errorf("opencv: %w", err)
	}
	defer m.Close()
	if m.Empty() {
		return errors.New("opencv: cannot decode this file")
	}
	rgb := d.pool.Get().(*mat)
	defer d.pool.Put(rgb)
	if err := gocv.CvtColor(m, &rgb.Mat, gocv.ColorBGRToRGB); err != nil {
		return fmt.Errorf("opencv: %w", err)
	}
	pix, err := rgb.DataPtrUint8()
	if err != nil {
		return fmt.Errorf("opencv: %w", err)
	}
	p.Become(picture.ModeRGB, rgb.Cols(), rgb.Rows())
	copy(p.Pix, pix)
	return nil
}

type filter struct {
	name   string
	interp gocv.InterpolationFlags
	pool   *sync.Pool
}

// NewFilter resizes as cv2.resize does with an interpolation: cubic, area, lanczos or linear. Only area
// antialiases. Alpha is treated like the other channels.
func NewFilter(interpolation string) (preprocess.Filter, error) {
	flags := map[string]gocv.InterpolationFlags{
		"cubic": gocv.InterpolationCubic, "area": gocv.InterpolationArea,
		"lanczos": gocv.InterpolationLanczos4, "linear": gocv.InterpolationLinear,
	}
	f, ok := flags[interpolation]
	if !ok {
		return nil, fmt.Errorf("opencv has no interpolation %q here: want cubic, area, lanczos or linear", interpolation)
	}
	return filter{interpolation, f, newMatPool()}, nil
}

func (f filter) Name() string    { return "opencv-" + f.name }
func (f filter) Version() string { return Version() }

// Resize implements preprocess.Filter.
func (f filter) Resize(src *picture.Picture, w, h int, crop image.Rectangle) (*picture.Picture, error) {
	return picture.Filled(func(out *picture.Picture) error { return f.ResizeInto(out, src, w, h, crop) })
}

// ResizeInto implements preprocess.IntoFilter. cv::resize has its own tables.
func (f filter) ResizeInto(dst, src *picture.Picture, w, h int, crop image.Rectangle) error {
	if err := picture.CheckSize(w, h); err != nil {
		return err
	}
	kind, channels := matType(src.Mode)
	if channels == 0 { // indices and bits cannot be averaged
		src, kind, channels = src.RGB(), gocv.MatTypeCV8UC3, 3
	}
	in, err := gocv.NewMatFromBytes(src.H, src.W, kind, src.Pix)
	if err != nil {
		return fmt.Errorf("opencv: %w", err)
	}
	defer in.Close()
	m := f.pool.Get().(*mat)
	defer f.pool.Put(m)
	if err := gocv.Resize(in, &m.Mat, image.Pt(w, h), 0, 0, f.interp); err != nil {
		return fmt.Errorf("opencv: resize: %w", err)
	}
	pix, err := m.DataPtrUint8()
	if err != nil {
		return fmt.Errorf("opencv: %w", err)
	}
	dst.Become(src.Mode, crop.Dx(), crop.Dy())
	for y := range dst.H {
		from := ((crop.Min.Y+y)*w + crop.Min.X) * channels
		copy(dst.Pix[y*dst.W*channels:(y+1)*dst.W*channels], pix[from:])
	}
	return nil
}

// matType is OpenCV's type for a mode, with the number of channels. The number is 0 for modes without a
// type.
func matType(m picture.Mode) (gocv.MatType, int) {
	switch m {
	case picture.ModeL:
		return gocv.MatTypeCV8UC1, 1
	case picture.ModeLA:
		return gocv.MatTypeCV8UC2, 2
	case picture.ModeRGB:
		return gocv.MatTypeCV8UC3, 3
	case picture.ModeRGBA:
		return gocv.MatTypeCV8UC4, 4
	}
	return 0, 0
}
