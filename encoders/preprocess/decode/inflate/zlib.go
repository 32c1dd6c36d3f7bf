package inflate

/*
#cgo noescape fastclip_zlib_inflate
#cgo nocallback fastclip_zlib_inflate
#include <stdlib.h>
#include "zlib.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"
)

// Zlib is the system's zlib, loaded at run time. Pillow's wheel uses it too, so a damaged stream gives the same
// error, at the same place, as in Pillow. Its methods may be called concurrently.
type Zlib struct {
	lib *C.fastclip_zlib

	mu   sync.Mutex
	idle []*Stream
}

// OpenZlib loads the shared library at path.
func OpenZlib(path string) (*Zlib, error) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var message [256]C.char
	lib := C.fastclip_zlib_open(name, &message[0], C.size_t(len(message)))
	if lib == nil {
		return nil, fmt.Errorf("load zlib: %s", C.GoString(&message[0]))
	}
	return &Zlib{lib: lib}, nil
}

// Close unloads the library; nil has none.
func (z *Zlib) Close() error {
	if z != nil {
		for _, s := range z.idle {
			C.fastclip_zlib_end(z.lib, s.stream)
		}
		C.fastclip_zlib_close(z.lib)
	}
	return nil
}

// Stream is a zlib stream that is being read.
type Stream struct {
	zlib   *Zlib
	stream unsafe.Pointer
}

// Stream begins a stream. It reuses the memory of a closed one if there is one.
func (z *Zlib) Stream() (*Stream, error) {
	if s := z.used(); s != nil && C.fastclip_zlib_reset(z.lib, s.stream) == 0 {
		return s, nil
	}
	s := C.fastclip_zlib_begin(z.lib)
	if s == nil {
		return nil, errors.New("zlib: no memory")
	}
	return &Stream{z, s}, nil
}

func (z *Zlib) used() (s *Stream) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if n := len(z.idle); n > 0 {
		s, z.idle = z.idle[n-1], z.idle[:n-1]
	}
	return s
}

// Close keeps its memory for the next one.
func (s *Stream) Close() {
	s.zlib.mu.Lock()
	defer s.zlib.mu.Unlock()
	s.zlib.idle = append(s.zlib.idle, s)
}

// ErrData is zlib's error for a damaged stream.
var ErrData = errors.New("zlib: the stream is damaged")

// Inflate is one call of zlib's inflate. It returns how many bytes of src it took, how many it wrote to dst, and
// whether the stream has ended. Neither slice may be empty.
func (s *Stream) Inflate(dst, src []byte) (wrote, took int, ended bool, err error) {
	var left, room C.uint
	rc := C.fastclip_zlib_inflate(s.zlib.lib, s.stream, (*C.uint8_t)(&dst[0]), C.uint(len(dst)), (*C.uint8_t)(&src[0]), C.uint(len(src)), &left, &room)
	if rc < 0 {
		err = ErrData
	}
	return len(dst) - int(room), len(src) - int(left), rc == 1, err
}
