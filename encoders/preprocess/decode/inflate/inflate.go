// Package inflate undoes zlib's format in one call, for callers that know the size of the result. It uses the
// system's libdeflate, loaded at run time. Without it, it uses Go's reader, at a third of the speed.
package inflate

/*
#cgo CFLAGS: -O2
#cgo linux LDFLAGS: -ldl
#cgo noescape fastclip_inflate
#cgo nocallback fastclip_inflate
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"unsafe"

	"github.com/klauspost/compress/zlib"
)

// Library is a loaded libdeflate; nil means Go's reader. Its methods may be called concurrently.
type Library struct{ lib *C.fastclip_deflate }

// Open loads the shared library at path.
func Open(path string) (*Library, error) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var message [256]C.char
	lib := C.fastclip_deflate_open(name, &message[0], C.size_t(len(message)))
	if lib == nil {
		return nil, fmt.Errorf("load libdeflate: %s", C.GoString(&message[0]))
	}
	return &Library{lib}, nil
}

// Close unloads the library.
func (l *Library) Close() error {
	if l != nil {
		C.fastclip_deflate_close(l.lib)
	}
	return nil
}

// Exactly tells whether src begins with a complete zlib stream of len(dst) bytes with the right checksum. If so,
// dst holds these bytes. Otherwise dst may hold anything.
//
// libdeflate accepts streams that use the format's reserved symbols; zlib and Go's reader refuse them.
func (l *Library) Exactly(dst, src []byte) bool {
	if len(dst) == 0 || len(src) == 0 {
		return false
	}
	if l == nil {
		return exactly(dst, src)
	}
	return C.fastclip_inflate(l.lib, (*C.uint8_t)(&dst[0]), C.size_t(len(dst)), (*C.uint8_t)(&src[0]), C.size_t(len(src))) != 0
}

// goReader is Go's, kept for the next stream.
type goReader struct {
	from bytes.Reader
	zlib io.ReadCloser
	more [1]byte
}

var goReaders = sync.Pool{New: func() any { return &goReader{} }}

func exactly(dst, src []byte) bool {
	r := goReaders.Get().(*goReader)
	defer goReaders.Put(r)
	r.from.Reset(src)
	defer r.from.Reset(nil)
	if r.start() != nil {
		return false
	}
	if _, err := io.ReadFull(r.zlib, dst); err != nil {
		return false
	}
	n, err := r.zlib.Read(r.more[:]) // the sum is looked at behind the last byte
	return n == 0 && err == io.EOF
}

func (r *goReader) start() (err error) {
	if again, ok := r.zlib.(zlib.Resetter); ok {
		return again.Reset(&r.from, nil)
	}
	r.zlib, err = zlib.NewReader(&r.from)
	return err
}
