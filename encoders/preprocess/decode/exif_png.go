package decode

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
)

const (
	pngXMP        = "XML:com.adobe.xmp"
	pngRawProfile = "Raw profile type exif" // ImageMagick's, from before PNG had eXIf
)

// pngMetadata reads eXIf, or the older raw profile, and XMP, before and after the pixels.
func pngMetadata(data []byte) (m metadata) {
	var profile []byte
	for rest := data[len(pngSignature):]; len(rest) >= 12; {
		n := int(binary.BigEndian.Uint32(rest))
		if n > len(rest)-12 {
			break
		}
		kind, body := string(rest[4:8]), rest[8:8+n]
		rest = rest[12+n:]
		if kind == "eXIf" {
			m.exif, m.bare = body, true
			continue
		}
		switch key, text := pngText(kind, body); key {
		case pngXMP:
			m.xmp = text
		case pngRawProfile:
			profile = rawProfile(text)
		}
	}
	if m.exif == nil {
		m.exif = profile
	}
	return m
}

// pngText is a text chunk's key and its text, uncompressed.
func pngText(kind string, body []byte) (string, []byte) {
	key, text, ok := bytes.Cut(body, []byte{0})
	if !ok || string(key) != pngXMP && string(key) != pngRawProfile {
		return "", nil
	}
	compressed := false
	switch kind {
	case "tEXt":
	case "zTXt":
		if len(text) == 0 {
			return "", nil
		}
		text, compressed = text[1:], true
	case "iTXt": // flag, method, language, translated key, text
		parts := bytes.SplitN(text[min(2, len(text)):], []byte{0}, 3)
		if len(parts) < 3 {
			return "", nil
		}
		text, compressed = parts[2], text[0] != 0
	default:
		return "", nil
	}
	if compressed {
		text, _ = inflateText(text)
	}
	return string(key), text
}

// rawProfile is hexadecimal after three lines: an empty one, the name and the length.
func rawProfile(text []byte) []byte {
	lines := bytes.SplitN(text, []byte("\n"), 4)
	if len(lines) < 4 {
		return nil
	}
	out, err := hex.DecodeString(string(bytes.Join(bytes.Fields(lines[3]), nil)))
	if err != nil {
		return nil
	}
	return out
}
