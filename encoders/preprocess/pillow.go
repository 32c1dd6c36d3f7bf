package preprocess

import (
	"bytes"
	"errors"
	"fmt"
	"image"

	"github.com/fastclip/fastclip/encoders/preprocess/jpeg"
)

// PillowVersion is the Pillow whose pixels this package gives.
const PillowVersion = "13.0.0"

// PillowDecoder decodes to the mode and the pixels of Pillow. EXIF orientation is not
// applied, as openai/CLIP does not.
type PillowDecoder struct{ jpeg *jpeg.Library }

// NewPillowDecoder decodes JPEG files with the libjpeg-turbo at the path given, which is the
// one out of Pillow's wheel.
func NewPillowDecoder(libjpeg string) (*PillowDecoder, error) {
	lib, err := jpeg.Open(libjpeg)
	if err != nil {
		return nil, err
	}
	return &PillowDecoder{lib}, nil
}

// Name implements Decoder.
func (d *PillowDecoder) Name() string { return "pillow" }

// Version implements Decoder.
func (d *PillowDecoder) Version() string { return PillowVersion }

// Decode implements Decoder. The file's first bytes say what it is, not its name.
func (d *PillowDecoder) Decode(data []byte) (*Picture, error) {
	switch {
	case len(data) == 0:
		return nil, errors.New("empty file")
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return d.decodeJPEG(data)
	case bytes.HasPrefix(data, []byte(pngSignature)):
		return decodePNG(data)
	}
	return nil, fmt.Errorf("%s: want a JPEG or PNG file", kindOf(data))
}

// Close unloads libjpeg-turbo.
func (d *PillowDecoder) Close() error { return d.jpeg.Close() }

func (d *PillowDecoder) decodeJPEG(data []byte) (*Picture, error) {
	w, h, err := d.jpeg.Size(data)
	if err != nil {
		return nil, fmt.Errorf("jpeg: %w", err)
	}
	if err := CheckSize(w, h); err != nil {
		return nil, fmt.Errorf("jpeg: %w", err)
	}
	im, err := d.jpeg.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("jpeg: %w", err)
	}
	mode := map[int]Mode{1: ModeL, 3: ModeRGB, 4: ModeCMYK}[im.Channels]
	if mode == ModeCMYK && im.Adobe {
		for i, v := range im.Pix {
			im.Pix[i] = 255 - v
		}
	}
	return &Picture{Mode: mode, W: im.W, H: im.H, Pix: im.Pix}, nil
}

// kindOf names a format that is known by its first bytes, for error messages.
func kindOf(data []byte) string {
	for _, k := range []struct{ prefix, name string }{
		{"GIF8", "a GIF file"}, {"RIFF", "a WebP or other RIFF file"}, {"BM", "a BMP file"}, {"II*\x00", "a TIFF file"}, {"MM\x00*", "a TIFF file"},
		{"<", "a text file (SVG, HTML or XML)"}, {"%PDF", "a PDF file"},
	} {
		if bytes.HasPrefix(data, []byte(k.prefix)) {
			return k.name
		}
	}
	return "unknown file type"
}

// PillowFilter is Pillow's Image.resize: RGBA and LA premultiplied, P and 1 by nearest
// neighbour whatever the filter.
type PillowFilter struct{ k kernel }

// PillowBicubic is Image.Resampling.BICUBIC, antialiased.
func PillowBicubic() PillowFilter { return PillowFilter{bicubicKernel} }

// PillowBilinear is Image.Resampling.BILINEAR, antialiased.
func PillowBilinear() PillowFilter { return PillowFilter{bilinearKernel} }

// Name implements Filter.
func (f PillowFilter) Name() string { return "pillow-" + f.k.name }

// Version implements Filter.
func (f PillowFilter) Version() string { return PillowVersion }

// Resize implements Filter.
func (f PillowFilter) Resize(src *Picture, w, h int, crop image.Rectangle) (*Picture, error) {
	switch {
	case w == src.W && h == src.H:
		return cut(src, crop), nil
	case src.Mode == Mode1 || src.Mode == ModeP:
		return nearest(src, w, h, crop), nil
	}
	out := widest().resample(src, f.k, w, h, crop)
	if src.Mode.hasAlpha() {
		out.unpremultiply()
	}
	return out, nil
}
