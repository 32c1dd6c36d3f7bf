package decode

import (
	"bytes"
	"encoding/binary"
	"errors"
	"regexp"
)

// metadata is what a file says about its picture besides the pixels.
type metadata struct {
	exif, xmp []byte // nil: none
	bare      bool   // the EXIF has no prefix
	forgiving bool   // an unreadable EXIF counts as empty and is no error
}

// readMetadata finds what Pillow would find. It does not read pixels.
func readMetadata(data []byte) (metadata, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		h := &jpegHeader{}
		err := h.read(data)
		if err != nil {
			return metadata{}, err
		}
		// Pillow looks for a resolution that JFIF does not have, and ignores that error.
		h.forgiving = !h.dpi
		return h.metadata, nil
	case bytes.HasPrefix(data, []byte(pngSignature)):
		return pngMetadata(data), nil
	case len(data) >= 16 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		return webpMetadata(data), nil
	}
	return metadata{}, nil // Pillow reads no metadata of GIF and BMP
}

var xmpOrientation = regexp.MustCompile(`tiff:Orientation(?:="|>)([0-9])`)

// orientation is the result of Pillow's getexif: EXIF's orientation, or else XMP's. 1 is upright, and 0
// means none.
func (m metadata) orientation() (int, error) {
	if m.exif != nil {
		o, ok, err := exifOrientation(m.exif, m.bare)
		if err != nil && m.forgiving {
			return 0, nil
		}
		if ok || err != nil {
			return o, err
		}
	}
	if found := xmpOrientation.FindSubmatch(m.xmp); found != nil {
		return int(found[1][0] - '0'), nil
	}
	return 0, nil
}

const orientationTag = 0x112

// exifOrientation reads the tag from the first directory of a TIFF file in memory.
func exifOrientation(exif []byte, bare bool) (value int, ok bool, err error) {
	exif = bytes.TrimPrefix(exif, []byte(exifPrefix))
	if !bare { // some programs write the prefix twice
		exif = bytes.TrimPrefix(exif, []byte(exifPrefix))
	}
	if len(exif) == 0 {
		return 0, false, nil
	}
	var order binary.ByteOrder
	switch string(exif[:min(4, len(exif))]) {
	case "MM\x00*", "MM*\x00":
		order = binary.BigEndian
	case "II*\x00", "II\x00*":
		order = binary.LittleEndian
	}
	if order == nil || len(exif) < 8 {
		return 0, false, errors.New("exif: not a TIFF header")
	}
	at := int(order.Uint32(exif[4:]))
	if at > len(exif)-2 {
		return 0, false, nil
	}
	n := int(order.Uint16(exif[at:]))
	for at += 2; n > 0 && at+12 <= len(exif); n, at = n-1, at+12 {
		if order.Uint16(exif[at:]) == orientationTag {
			if v, ok := exifNumber(exif, exif[at+2:at+12], order); ok {
				return v, true, nil
			}
		}
	}
	return 0, false, nil
}

// exifNumber is the first number of an entry. ok is false when Pillow skips the entry.
func exifNumber(exif, entry []byte, order binary.ByteOrder) (v int, ok bool) {
	const char, text, short, long, signedChar, signedShort, signedLong, directory = 1, 2, 3, 4, 6, 8, 9, 13
	kind, count := order.Uint16(entry), int(order.Uint32(entry[2:]))
	unit := 0
	switch kind {
	case char, text, signedChar:
		unit = 1
	case short, signedShort:
		unit = 2
	case long, signedLong, directory:
		unit = 4
	}
	data := entry[6:]
	if size := count * unit; size > len(data) {
		at := int(order.Uint32(data))
		if at > len(exif) || size > len(exif)-at {
			return 0, false
		}
		data = exif[at:]
	} else if size == 0 {
		return 0, false
	}
	switch kind {
	case short, signedShort: // a negative number is no orientation either way
		return int(order.Uint16(data)), true
	case long, signedLong, directory:
		return int(order.Uint32(data)), true
	case signedChar:
		return int(data[0]), true
	}
	return 0, true // bytes and text exist, but are no number
}

// webpMetadata walks the chunks. Only those that the header announces count.
func webpMetadata(data []byte) (m metadata) {
	const exifFlag, xmpFlag = 8, 4
	if string(data[12:16]) != "VP8X" || len(data) < 30 {
		return m
	}
	flags := data[20]
	for at := 12; at+8 <= len(data); {
		n := int(binary.LittleEndian.Uint32(data[at+4:]))
		if n > len(data)-at-8 {
			break
		}
		body := data[at+8 : at+8+n]
		switch kind := string(data[at : at+4]); {
		case kind == "EXIF" && m.exif == nil && flags&exifFlag != 0 && n > 0:
			m.exif = body
		case kind == "XMP " && m.xmp == nil && flags&xmpFlag != 0:
			m.xmp = body
		}
		at += 8 + n + n%2
	}
	return m
}
