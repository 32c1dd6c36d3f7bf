package decode

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/internal/machine"
)

// otherFormat is one that Pillow reads and we do not: its helper does.
type otherFormat struct {
	name       string // for people
	extensions string
	is         func(data []byte) bool
}

// otherFormats are those of Pillow's own wheel that a file's first bytes tell apart. The helper is asked
// about unknown bytes too: TGA and some more have no mark of their own.
func otherFormats() []otherFormat {
	begins := func(prefixes ...string) func([]byte) bool {
		return func(data []byte) bool {
			return slices.ContainsFunc(prefixes, func(p string) bool { return bytes.HasPrefix(data, []byte(p)) })
		}
	}
	return []otherFormat{
		{"AVIF", ".avif .avifs", isAVIF},
		{"TIFF", ".tif .tiff", begins("II*\x00", "MM\x00*", "MM*\x00", "II\x00*", "II+\x00", "MM\x00+")},
		{"JPEG 2000", ".jp2 .j2k .jpc .jpf .jpx .j2c", begins("\xff\x4f\xff\x51", "\x00\x00\x00\x0cjP  \r\n\x87\n")},
		{"PPM", ".pbm .pgm .ppm .pnm .pfm", func(data []byte) bool {
			return len(data) > 2 && data[0] == 'P' && strings.IndexByte("123456fy0", data[1]) >= 0 && strings.IndexByte(" \t\r\n\v\f#", data[2]) >= 0
		}},
		{"ICO", ".ico", begins("\x00\x00\x01\x00")},
		{"CUR or TGA", ".cur", begins("\x00\x00\x02\x00")}, // colours without an index begin alike
		{"ICNS", ".icns", begins("icns")},
		{"PSD", ".psd", begins("8BPS")},
		{"QOI", ".qoi", begins("qoif")},
		{"DDS", ".dds", begins("DDS ")},
		{"PCX", ".pcx", func(data []byte) bool { return len(data) > 2 && data[0] == 10 && data[1] <= 5 && data[2] <= 1 }},
		{"SGI", ".bw .rgb .rgba .sgi", begins("\x01\xda\x00", "\x01\xda\x01")},
		{"Sun raster", ".ras", begins("\x59\xa6\x6a\x95")},
		{"FITS", ".fit .fits", begins("SIMPLE")},
		{"BLP", ".blp", begins("BLP1", "BLP2")},
		{"DCX", ".dcx", begins("\xb1\x68\xde\x3a")},
		{"FTEX", ".ftc .ftu", begins("FTEX")},
		{"MSP", ".msp", begins("DanM", "LinS")},
		{"PIXAR", ".pxr", begins("\x80\xe8\x00\x00")},
		{"XBM", ".xbm", begins("#define", "\n#define")},
		{"XPM", ".xpm", begins("/* XPM */")},
	}
}

// isAVIF tells by the file's brand. Some are those of HEIF too, of which Pillow's decoder refuses the rest.
func isAVIF(data []byte) bool {
	return len(data) >= 12 && string(data[4:8]) == "ftyp" && slices.Contains([]string{"avif", "avis", "mif1", "msf1"}, string(data[8:12]))
}

// other is the format of a file that the helper decodes.
func other(data []byte) (otherFormat, bool) {
	for _, f := range otherFormats() {
		if f.is(data) {
			return f, true
		}
	}
	return otherFormat{}, false
}

// Extensions are the file extensions of all formats that PillowDecoder or its helper decodes.
func Extensions() []string {
	all := strings.Fields(".jpg .jpeg .jpe .jfif .png .apng .gif .bmp .dib .webp")
	for _, f := range otherFormats() {
		all = append(all, strings.Fields(f.extensions)...)
	}
	return all
}

// errNoHelper is for a decoder that was made without one.
var errNoHelper = errors.New("no helper")

// decodeOther has the helper decode a file; turned is as its EXIF orientation says.
func (d *PillowDecoder) decodeOther(p *picture.Picture, data []byte, turned bool) error {
	f, known := other(data)
	if kind := kindOf(data); !known && kind != "" {
		return fmt.Errorf("%s: want a JPEG, PNG, WebP, GIF, BMP, AVIF, TIFF, JPEG 2000, PPM or ICO file", kind)
	}
	if !known {
		f.name = "unknown file type"
	}
	err := errNoHelper
	if d.helper != nil {
		err = d.helper.Decode(p, data, turned)
	} else {
		err = fmt.Errorf("%w: %w", machine.ErrUnavailable, err)
	}
	switch {
	case errors.Is(err, machine.ErrUnavailable):
		// Without the mark: that a picture cannot be read says nothing of the variant that it was for.
		return fmt.Errorf("%s: needs Pillow %s in Python: %s", f.name, picture.PillowVersion, strings.TrimPrefix(err.Error(), machine.ErrUnavailable.Error()+": "))
	case err != nil:
		return fmt.Errorf("%s: %w", f.name, err)
	}
	return nil
}
