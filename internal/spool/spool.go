// Package spool keeps rows of numbers in a nameless file instead of in memory. The system loads them while
// they are read, and takes the memory back when it needs it.
package spool

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
)

// Rows holds rows of float32. They are all written first and read afterwards.
type Rows struct {
	file   *os.File
	n, dim int
	mapped []byte
}

// New makes a file for rows in a folder.
func New(dir string, n, dim int) (*Rows, error) {
	f, err := os.CreateTemp(dir, ".rows-*")
	if err != nil {
		return nil, fmt.Errorf("make a file for embeddings: %w", err)
	}
	unname(f)
	if err := f.Truncate(4 * int64(n) * int64(dim)); err != nil {
		_ = f.Close() // it cannot be used
		return nil, fmt.Errorf("make a file for embeddings: %w", err)
	}
	return &Rows{file: f, n: n, dim: dim}, nil
}

// Put writes rows, starting at row at. It may be called concurrently for different rows.
func (r *Rows) Put(at int, rows []float32) error {
	data := make([]byte, 0, 4*len(rows))
	for _, v := range rows {
		data = binary.NativeEndian.AppendUint32(data, math.Float32bits(v))
	}
	if _, err := r.file.WriteAt(data, 4*int64(at)*int64(r.dim)); err != nil {
		return fmt.Errorf("write embeddings: %w", err)
	}
	return nil
}
