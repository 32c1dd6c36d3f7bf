//go:build opencv

package cv

import (
	"errors"
	"fmt"
	"image"

	"gocv.io/x/gocv"

	"github.com/fastclip/fastclip/encoders/preprocess"
)

// Version is the OpenCV in use, "" without it.
func Version() string { return gocv.OpenCVVersion() }

type decoder struct{}

// NewDecoder is cv2.imdecode(IMREAD_COLOR) as most programs call it: always three channels,
// alpha dropped, EXIF orientation applied. Its channels are put in the order RGB.
func NewDecoder() (preprocess.Decoder, error) { return decoder{}, nil }

func (decoder) Name() string    { return "opencv" }
func (decoder) Version() string { return Version() }

func (decoder) Decode(data []byte) (*preprocess.Picture, error) {
	if len(data) == 0 {
		return nil, errors.New("empty file")
	}
	m, err := gocv.IMDecode(data, gocv.IMReadColor)
	if err != nil {
		return nil, fmt.Errorf("opencv: %w", err)
	}
	defer m.Close()
	if m.Empty() {
		return nil, errors.New("opencv: cannot decode this file")
	}
	if err := gocv.CvtColor(m, &m, gocv.ColorBGRToRGB); err != nil {
		return nil, fmt.Errorf("opencv: %w", err)
	}
	return &preprocess.Picture{Mode: preprocess.ModeRGB, W: m.Cols(), H: m.Rows(), Pix: m.ToBytes()}, nil
}

type filter struct {
	name   string
	interp gocv.InterpolationFlags
}

// NewFilter is cv2.resize with an interpolation: cubic, area, lanczos or linear. None but
// area antialiases. Alpha is a channel like the others.
func NewFilter(interpolation string) (preprocess.Filter, error) {
	flags := map[string]gocv.InterpolationFlags{
		"cubic": gocv.InterpolationCubic, "area": gocv.InterpolationArea,
		"lanczos": gocv.InterpolationLanczos4, "linear": gocv.InterpolationLinear,
	}
	f, ok := flags[interpolation]
	if !ok {
		return nil, fmt.Errorf("opencv has no interpolation %q here: want cubic, area, lanczos or linear", interpolation)
	}
	return filter{interpolation, f}, nil
}

func (f filter) Name() string    { return "opencv-" + f.name }
func (f filter) Version() string { return Version() }

func (f filter) Resize(src *preprocess.Picture, w, h int, crop image.Rectangle) (*preprocess.Picture, error) {
	if err := preprocess.CheckSize(w, h); err != nil {
		return nil, err
	}
	types := map[preprocess.Mode]gocv.MatType{
		preprocess.ModeL: gocv.MatTypeCV8UC1, preprocess.ModeLA: gocv.MatTypeCV8UC2,
		preprocess.ModeRGB: gocv.MatTypeCV8UC3, preprocess.ModeRGBA: gocv.MatTypeCV8UC4,
	}
	kind, ok := types[src.Mode]
	if !ok { // indices and bits cannot be averaged
		src, kind = src.RGB(), gocv.MatTypeCV8UC3
	}
	in, err := gocv.NewMatFromBytes(src.H, src.W, kind, src.Pix)
	if err != nil {
		return nil, fmt.Errorf("opencv: %w", err)
	}
	defer in.Close()
	out := gocv.NewMat()
	defer out.Close()
	if err := gocv.Resize(in, &out, image.Pt(w, h), 0, 0, f.interp); err != nil {
		return nil, fmt.Errorf("opencv: resize: %w", err)
	}
	part := out.Region(crop)
	defer part.Close()
	whole := part.Clone()
	defer whole.Close()
	return &preprocess.Picture{Mode: src.Mode, W: crop.Dx(), H: crop.Dy(), Pix: whole.ToBytes()}, nil
}
