//go:build unix

package spool

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// unname lets the file go when nobody has it any more.
func unname(f *os.File) { _ = os.Remove(f.Name()) } // else it stays, and costs room only

// Values are all rows, one after the other; nothing more is written then. They stay until the process ends.
func (r *Rows) Values() ([]float32, error) {
	if r.n*r.dim == 0 {
		return nil, r.file.Close()
	}
	data, err := unix.Mmap(int(r.file.Fd()), 0, 4*r.n*r.dim, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("look at embeddings: %w", err)
	}
	r.mapped = data
	return unsafe.Slice((*float32)(unsafe.Pointer(&data[0])), r.n*r.dim), r.file.Close()
}

// Close takes the rows away: nobody may look at them any more.
func (r *Rows) Close() {
	if r.mapped != nil {
		_ = unix.Munmap(r.mapped) // it is a mapping
		r.mapped = nil
	}
}

// Rest gives the memory back that looking at the rows has taken. They are read again when they are wanted.
func (r *Rows) Rest() {
	if r != nil && r.mapped != nil {
		_ = unix.Madvise(r.mapped, unix.MADV_DONTNEED) // it is advice
	}
}
