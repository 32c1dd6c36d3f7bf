package decode

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Outline is what a file's header says of its picture, in words: its format, its samples, its shape, and
// whether it is to be turned. Pictures of one outline meet the same parts of decoders and pipelines.
func Outline(data []byte) string {
	samples, w, h := "", 0, 0
	switch format := ownFormat(data); {
	case format == "JPEG":
		var header jpegHeader
		_ = header.read(data) // of a damaged file as much as there is
		samples, w, h = fmt.Sprint(header.layers), header.w, header.h
	case format == "PNG" && len(data) >= 33:
		samples = fmt.Sprintf("colour %d, %d bits", data[25], data[24])
		if transparent(data) {
			samples += ", transparent"
		}
		w, h = int(binary.BigEndian.Uint32(data[16:])), int(binary.BigEndian.Uint32(data[20:]))
	case format == "WebP" && len(data) >= 30 && string(data[12:16]) == "VP8X":
		samples = fmt.Sprintf("flags %d", data[20])
		w, h = 1+int(data[24])+int(data[25])<<8+int(data[26])<<16, 1+int(data[27])+int(data[28])<<8+int(data[29])<<16
	}
	turned := ""
	if m, err := readMetadata(data); err == nil {
		if turn, err := m.orientation(); err != nil || turn > 1 {
			turned = ", turned"
		}
	}
	return FormatOf(data) + " " + samples + ", " + shape(w, h) + turned
}

// shape is a side ratio in words.
func shape(w, h int) string {
	if w < 1 || h < 1 {
		return "of any shape"
	}
	switch ratio := math.Log2(float64(w) / float64(h)); {
	case ratio > 1:
		return "very wide"
	case ratio > 0.1:
		return "wide"
	case ratio < -1:
		return "very tall"
	case ratio < -0.1:
		return "tall"
	}
	return "square"
}

// transparent tells whether a chunk before a PNG's pixels makes some of them transparent.
func transparent(data []byte) bool {
	chunks := pngChunks{rest: data[len(pngSignature):]}
	for {
		k, ok := chunks.peek()
		if !ok || string(k.kind) == "IDAT" {
			return false
		}
		if string(k.kind) == "tRNS" {
			return true
		}
		chunks.skip(k)
	}
}
