//go:build unix

package spool

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// unname removes the file's name, so that the file disappears when nobody uses it any more.
func unname(f *os.File) { _ = os.Remove(f.Name()) } // if this fails, the file stays and only takes room

// Values are all rows, one after the other. After it, nothing more may be written. The rows stay until the
// process ends.
func (r *Rows) Values() ([]float32, error) {
	if r.n*r.dim == 0 {
		return nil, r.file.Close()
	}
	data, err := unix.Mmap(int(r.file.Fd()), 0, 4*r.n*r.dim, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("map embeddings into memory: %w", err)
	}
	r.mapped = data
	return unsafe.Slice((*float32)(unsafe.Pointer(&data[0])), r.n*r.dim), r.file.Close()
}

// Close removes the rows. Nobody may read them any more.
func (r *Rows) Close() {
	if r.mapped != nil {
		_ = unix.Munmap(r.mapped) // it is a mapping
		r.mapped = nil
	}
}

// Rest returns the memory that reading the rows has taken. They are read again when needed.
func (r *Rows) Rest() {
	if r != nil && r.mapped != nil {
		_ = unix.Madvise(r.mapped, unix.MADV_DONTNEED) // it is only advice
	}
}
