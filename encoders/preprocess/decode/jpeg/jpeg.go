// Package jpeg decodes JPEG files with the libjpeg-turbo that Pillow 13 ships, loaded at run time, so its pixels
// are Pillow's by construction. The shim knows the layout of the structs of ABI 62 on 64-bit machines.
package jpeg

/*
#cgo linux LDFLAGS: -ldl
#cgo noescape fastclip_jpeg_header
#cgo nocallback fastclip_jpeg_header
#cgo noescape fastclip_jpeg_decode
#cgo nocallback fastclip_jpeg_decode
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"math"
	"unsafe"
)

// Library is a loaded libjpeg. Its methods may be called concurrently.
type Library struct{ lib *C.fastclip_jpeg }

// Open loads the shared library at path.
func Open(path string) (*Library, error) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var message [256]C.char
	lib := C.fastclip_jpeg_open(name, &message[0], C.size_t(len(message)))
	if lib == nil {
		return nil, fmt.Errorf("load jpeg library: %s", C.GoString(&message[0]))
	}
	return &Library{lib}, nil
}

// Image is a decoded file: rows of W*Channels bytes, 1 channel grey, 3 RGB, 4 CMYK as stored.
type Image struct {
	W, H, Channels int
	Pix            []byte
}

// Decode decodes a whole file, into memory's bytes if they suffice. It refuses a truncated file. check decides
// whether a picture of w x h may take its memory.
func (l *Library) Decode(data, memory []byte, check func(w, h int) error) (Image, error) {
	if len(data) == 0 {
		return Image{}, errors.New("empty file")
	}
	var info C.fastclip_jpeg_info
	src := (*C.uchar)(&data[0])
	if C.fastclip_jpeg_header(l.lib, src, C.size_t(len(data)), &info) != 0 {
		return Image{}, failure(info)
	}
	w, h, n := int(info.width), int(info.height), int(info.components)
	if w < 1 || h < 1 || w > math.MaxInt32/h/n {
		return Image{}, fmt.Errorf("size %dx%d", w, h)
	}
	if err := check(w, h); err != nil {
		return Image{}, err
	}
	if cap(memory) < w*h*n {
		memory = make([]byte, w*h*n)
	}
	im := Image{W: w, H: h, Channels: n, Pix: memory[:w*h*n]}
	if C.fastclip_jpeg_decode(l.lib, src, C.size_t(len(data)), (*C.uchar)(&im.Pix[0]), &info) != 0 {
		return Image{}, failure(info)
	}
	return im, nil
}

// failure takes a copy, so that info stays off the heap where all is well.
func failure(info C.fastclip_jpeg_info) error { return errors.New(C.GoString(&info.message[0])) }

// Close unloads the library.
func (l *Library) Close() error {
	C.fastclip_jpeg_close(l.lib)
	return nil
}
