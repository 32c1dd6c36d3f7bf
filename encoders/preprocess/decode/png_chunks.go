package decode

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/fastclip/fastclip/encoders/preprocess/decode/raster"
	"github.com/fastclip/fastclip/encoders/preprocess/picture"
)

// pngChunks walks a PNG file's chunks. Its methods' slices are the file's.
type pngChunks struct{ rest []byte }

// pngChunk is one chunk. body is the part of it that the file contains.
type pngChunk struct {
	kind, body []byte
	whole      bool // the body is complete
	sum        bool // the checksum is right
}

// peek is the next chunk, without moving past it. ok is false at the end, and before bytes that are no
// chunk.
func (c *pngChunks) peek() (k pngChunk, ok bool) {
	if len(c.rest) < 8 {
		return k, false
	}
	n := int(binary.BigEndian.Uint32(c.rest))
	k.kind = c.rest[4:8]
	for _, b := range k.kind {
		if (b < '0' || b > '9') && (b < 'A' || b > 'Z') && (b < 'a' || b > 'z') && b != '_' {
			return k, false
		}
	}
	k.body = c.rest[8:]
	if k.whole = n <= len(k.body); k.whole {
		k.body = k.body[:n]
	}
	return k, true
}

// next moves past the chunk that peek returned.
func (c *pngChunks) next(k *pngChunk) {
	c.rest = c.rest[4:] // its length
	if n := len(k.body); len(c.rest) >= n+8 {
		k.sum = crc32.ChecksumIEEE(c.rest[:4+n]) == binary.BigEndian.Uint32(c.rest[4+n:])
		c.rest = c.rest[n+8:]
		return
	}
	c.rest = nil
}

// before reads the chunks up to the first chunk of pixels. Pillow checks the checksum of all of them.
// Before a header describes the pixels, Pillow treats their chunk as unknown.
func (f *pngFile) before(chunks *pngChunks) error {
	f.lastSequence = -1
	for {
		k, ok := chunks.peek()
		switch {
		case !ok && len(chunks.rest) < 8:
			return raster.ErrTruncated
		case !ok:
			return fmt.Errorf("broken file (chunk %q)", k.kind)
		case f.samples > 0 && (string(k.kind) == "IDAT" || string(k.kind) == "fdAT"):
			return nil
		case string(k.kind) == "fdAT":
			return errSequence
		case string(k.kind) == "IEND":
			return errors.New("no picture data")
		}
		if err := f.read(k); err != nil {
			return err
		}
		if chunks.next(&k); !k.sum {
			return fmt.Errorf("broken chunk %q (bad checksum)", k.kind)
		}
	}
}

// pixelChunks finds the chunks of pixels, which follow each other. Nobody checks their checksums.
func (f *pngFile) pixelChunks(chunks *pngChunks) error {
	for {
		k, ok := chunks.peek()
		if !ok {
			return nil
		}
		body := k.body
		switch string(k.kind) {
		case "IDAT", "DDAT":
		case "fdAT":
			if err := f.frameData(k); err != nil {
				return err
			}
			body = body[4:] // its number
		default:
			return nil
		}
		f.compressed = append(f.compressed, body)
		f.compressedLen += len(body)
		f.cut = !k.whole
		chunks.skip(k)
	}
}

// skip moves past the chunk that peek returned, without checking its checksum.
func (c *pngChunks) skip(k pngChunk) { c.rest = c.rest[min(len(c.rest), 8+len(k.body)+4):] }

// after reads what follows the pixels. Checksums do not count there. A file may end or turn into something
// else anywhere except within a chunk. But the content of a chunk must be right.
func (f *pngFile) after(chunks *pngChunks, animated bool) error {
	for {
		k, ok := chunks.peek()
		switch {
		case !ok, string(k.kind) == "IEND", animated && string(k.kind) == "fcTL":
			return nil
		case string(k.kind) == "fdAT":
			if err := f.frameData(k); err != nil {
				return err
			}
		}
		if err := f.read(k); err != nil {
			return err
		}
		chunks.skip(k)
	}
}

// read reads a chunk without pixels. An unknown chunk only has to be complete.
func (f *pngFile) read(k pngChunk) error {
	if !k.whole {
		return raster.ErrTruncated
	}
	if err := f.chunk(k.kind, k.body); err != nil {
		return fmt.Errorf("chunk %q: %w", k.kind, err)
	}
	return nil
}

// pngLeast is the least number of bytes in a chunk.
func pngLeast(kind []byte) int {
	switch string(kind) {
	case "sRGB":
		return 1
	case "gAMA":
		return 4
	case "acTL":
		return 8
	case "pHYs":
		return 9
	case "IHDR":
		return 13
	case "fcTL":
		return 26
	case "cHRM":
		return 32
	}
	return 0
}

func (f *pngFile) chunk(kind, body []byte) error {
	if len(body) < pngLeast(kind) {
		return errors.New("truncated")
	}
	switch string(kind) {
	case "IHDR":
		return f.header(body)
	case "PLTE":
		f.setPalette(body)
	case "tRNS":
		if least := pngTransparency(f.mode); len(body) < least {
			return errors.New("truncated")
		}
		if f.mode == picture.ModeP {
			f.oneClear = bytes.Count(body, []byte{0}) == 1 && bytes.Count(body, []byte{255}) == len(body)-1
		}
	case "iCCP":
		return pngProfile(body)
	case "tEXt", "zTXt", "iTXt":
		return f.countText(string(kind), body)
	case "acTL":
		f.animation(int(binary.BigEndian.Uint32(body)))
	case "fcTL":
		return f.frameControl(body)
	}
	return nil
}

// setPalette keeps the palette of a picture with indices. The last palette counts.
func (f *pngFile) setPalette(body []byte) {
	if f.mode != picture.ModeP {
		return
	}
	f.seenPalette = true
	f.palette, f.paletteBytes = [256][3]byte{}, len(body)
	for i := 0; i < len(body)/3 && i < 256; i++ {
		copy(f.palette[i][:], body[3*i:])
	}
}

// pngTransparency is the bytes that a transparent colour takes.
func pngTransparency(m picture.Mode) int {
	switch m {
	case picture.Mode1, picture.ModeL, picture.ModeI16:
		return 2
	case picture.ModeRGB:
		return 6
	}
	return 0
}
