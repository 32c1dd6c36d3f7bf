package decode

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/fastclip/fastclip/encoders/preprocess/decode/raster"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// jpegHeader is what Pillow's own parser reads from a JPEG file before libjpeg does.
type jpegHeader struct {
	w, h, layers int
	dpi          bool // JFIF gives dots per inch
	metadata
}

// read walks the markers up to the first scan, as JpegImagePlugin does. It rejects what Pillow does not
// open, even where libjpeg would decode it.
func (h *jpegHeader) read(data []byte) error {
	for at := 2; ; {
		for at < len(data) && data[at] != 0xff { // junk between segments
			at++
		}
		for at+1 < len(data) && data[at+1] == 0xff { // padding
			at++
		}
		if at+1 >= len(data) {
			return raster.ErrTruncated
		}
		marker := data[at+1]
		at += 2
		switch {
		case marker == 0: // an escaped 0xff
			continue
		case marker < 0xc0:
			return fmt.Errorf("marker %#x before the picture", marker)
		case marker >= 0xd0 && marker <= 0xd9, marker == 0xc8, marker >= 0xf0 && marker <= 0xfd:
			continue // these have no body
		}
		body, err := jpegSegment(data[at:])
		if err != nil {
			return err
		}
		if err := h.segment(marker, body); err != nil {
			return err
		}
		if marker == 0xda {
			return h.complete()
		}
		at += 2 + len(body)
	}
}

// jpegSegment is the body after a two-byte length, which counts itself.
func jpegSegment(data []byte) ([]byte, error) {
	if len(data) < 2 {
		return nil, raster.ErrTruncated
	}
	n := max(2, int(binary.BigEndian.Uint16(data)))
	if n > len(data) {
		return nil, raster.ErrTruncated
	}
	return data[2:n], nil
}

func (h *jpegHeader) segment(marker byte, body []byte) error {
	switch {
	case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xcc, marker == 0xde:
		return h.frame(body)
	case marker == 0xdb:
		return checkQuantisation(body)
	case marker == 0xe0 && bytes.HasPrefix(body, []byte("JFIF")) && len(body) < 7:
		return errors.New("bad JFIF segment")
	case marker == 0xe0 && bytes.HasPrefix(body, []byte("JFIF")):
		h.dpi = h.dpi || len(body) >= 12 && (body[7] == 1 || body[7] == 2)
	case marker == 0xed && bytes.HasPrefix(body, []byte(photoshopPrefix)):
		return checkPhotoshop(body[len(photoshopPrefix):])
	case marker == 0xee && bytes.HasPrefix(body, []byte("Adobe")) && len(body) < 7:
		return errors.New("bad Adobe segment")
	case marker == 0xe1 && bytes.HasPrefix(body, []byte(exifPrefix)):
		if h.exif == nil {
			h.exif = body
		} else { // a profile that is too long for a segment continues in the next
			h.exif = append(h.exif[:len(h.exif):len(h.exif)], body[len(exifPrefix):]...)
		}
	case marker == 0xe1 && bytes.HasPrefix(body, []byte(xmpPrefix)):
		h.xmp = body[len(xmpPrefix):]
	}
	return nil
}

const (
	exifPrefix      = "Exif\x00\x00"
	photoshopPrefix = "Photoshop 3.0\x00"
	xmpPrefix       = "http://ns.adobe.com/xap/1.0/\x00"
)

// checkPhotoshop rejects resources when one ends right after its number, because Pillow then looks for the
// length of a name. Pillow accepts other early ends.
func checkPhotoshop(body []byte) error {
	const name = len("8BIM") + 2
	for at := 0; bytes.HasPrefix(body[min(at, len(body)):], []byte("8BIM")); {
		if at += name; at >= len(body) {
			if at == len(body) {
				return errors.New("bad Photoshop segment")
			}
			return nil
		}
		at += 1 + int(body[at])
		if at += (at + len(photoshopPrefix)) & 1; at+4 > len(body) {
			return nil
		}
		at += 4 + int(binary.BigEndian.Uint32(body[at:]))
		at += (at + len(photoshopPrefix)) & 1
	}
	return nil
}

func (h *jpegHeader) frame(body []byte) error {
	if len(body) < 6 || (len(body)-6)%3 != 0 {
		return errors.New("bad frame header")
	}
	if body[0] != 8 {
		return fmt.Errorf("cannot handle %d-bit layers", body[0])
	}
	h.h, h.w = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
	if h.layers = int(body[5]); h.layers != 1 && h.layers != 3 && h.layers != 4 {
		return fmt.Errorf("cannot handle %d-layer images", h.layers)
	}
	return nil
}

// checkQuantisation requires complete tables of 64 bytes or words.
func checkQuantisation(body []byte) error {
	for len(body) > 0 {
		n := 1 + 64
		if body[0]>>4 != 0 {
			n += 64
		}
		if len(body) < n {
			return errors.New("bad quantization table marker")
		}
		body = body[n:]
	}
	return nil
}

func (h *jpegHeader) complete() error {
	if h.layers == 0 {
		return errors.New("a scan before the frame header")
	}
	return picture.CheckSize(h.w, h.h)
}
