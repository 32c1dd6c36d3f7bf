//go:build !unix

package spool

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
)

func unname(*os.File) {} // an open file needs its name here, so Values removes it

// Values are all rows, one after the other, in memory here.
func (r *Rows) Values() ([]float32, error) {
	data := make([]byte, 4*r.n*r.dim)
	_, err := io.ReadFull(io.NewSectionReader(r.file, 0, int64(len(data))), data)
	out := make([]float32, r.n*r.dim)
	for i := range out {
		out[i] = math.Float32frombits(binary.NativeEndian.Uint32(data[4*i:]))
	}
	return out, errors.Join(err, r.file.Close(), os.Remove(r.file.Name()))
}

// Rest does nothing here.
func (r *Rows) Rest() {}

// Close does nothing here.
func (r *Rows) Close() {}
