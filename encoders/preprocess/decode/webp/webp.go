// Package webp decodes WebP files with the libwebp that Pillow 13 ships, loaded at run time. Like Pillow it uses
// the animation decoder, so its pixels are Pillow's.
package webp

/*
#cgo linux LDFLAGS: -ldl
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unsafe"
)

// Library is a loaded libwebp with its libwebpdemux. Its methods may be called concurrently.
type Library struct{ lib *C.fastclip_webp }

// Open loads the two shared libraries at the paths given.
func Open(webp, demux string) (*Library, error) {
	name, second := C.CString(webp), C.CString(demux)
	defer C.free(unsafe.Pointer(name))
	defer C.free(unsafe.Pointer(second))
	var message [256]C.char
	lib := C.fastclip_webp_open(name, second, &message[0], C.size_t(len(message)))
	if lib == nil {
		return nil, fmt.Errorf("load webp library: %s", C.GoString(&message[0]))
	}
	return &Library{lib}, nil
}

// Image is the first frame on its canvas: rows of W*4 bytes, RGBA or, without alpha, RGBX.
type Image struct {
	W, H  int
	Alpha bool
	Pix   []byte
}

// Size reads the canvas's size from the file's first bytes, before a decoder takes memory for it. It is 0x0 if
// they do not show it.
func Size(data []byte) (w, h int) {
	var short [30]byte
	if len(data) < len(short) {
		copy(short[:], data)
		data = short[:]
	}
	u16 := func(at int) int { return int(binary.LittleEndian.Uint16(data[at:])) }
	u24 := func(at int) int { return u16(at) | int(data[at+2])<<16 }
	switch string(data[12:16]) {
	case "VP8 ":
		if string(data[23:26]) == "\x9d\x01\x2a" {
			return u16(26) & 0x3fff, u16(28) & 0x3fff
		}
	case "VP8X":
		return u24(24) + 1, u24(27) + 1
	case "VP8L":
		if bits := binary.LittleEndian.Uint32(data[21:]); data[20] == 0x2f {
			return int(bits&0x3fff) + 1, int(bits>>14&0x3fff) + 1
		}
	}
	return 0, 0
}

// Decode decodes the first frame, into memory's bytes if they suffice. check decides whether a canvas of w x h may
// take its memory.
func (l *Library) Decode(data, memory []byte, check func(w, h int) error) (Image, error) {
	if len(data) == 0 {
		return Image{}, errors.New("empty file")
	}
	if w, h := Size(data); w > 0 {
		if err := check(w, h); err != nil {
			return Image{}, err
		}
	}
	src, size := (*C.uint8_t)(&data[0]), C.size_t(len(data))
	info := C.fastclip_webp_first(l.lib, src, size, nil, 0)
	if info.message != nil {
		return Image{}, errors.New(C.GoString(info.message))
	}
	w, h := int(info.width), int(info.height)
	if err := check(w, h); err != nil {
		return Image{}, err
	}
	if cap(memory) < 4*w*h {
		memory = make([]byte, 4*w*h)
	}
	im := Image{W: w, H: h, Alpha: info.alpha != 0, Pix: memory[:4*w*h]}
	info = C.fastclip_webp_first(l.lib, src, size, (*C.uint8_t)(&im.Pix[0]), C.size_t(len(im.Pix)))
	if info.message != nil {
		return Image{}, errors.New(C.GoString(info.message))
	}
	return im, nil
}

// Close unloads the libraries.
func (l *Library) Close() error {
	C.fastclip_webp_close(l.lib)
	return nil
}
