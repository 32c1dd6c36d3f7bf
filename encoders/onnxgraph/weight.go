package onnxgraph

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/fastclip/fastclip/encoders/onnxfile/onnxwire"
	"github.com/fastclip/fastclip/internal/half"
)

// Types of values, with their numbers in TensorProto.
const (
	Float32  = 1
	Uint8    = 2
	Int8     = 3
	Int32    = 6
	Int64    = 7
	Bool     = 9
	Float16  = 10
	Float64  = 11
	BFloat16 = 16
)

// Floating reports whether a type is floating-point.
func Floating(kind int64) bool {
	return kind == Float32 || kind == Float16 || kind == Float64 || kind == BFloat16
}

// Weight is an initializer, or the value of a Constant node.
type Weight struct {
	onnxwire.Tensor
	message  []byte
	constant bool
}

// maxValues is more than any real tensor has, and small enough that products of dimensions do not overflow.
const maxValues = 1 << 40

// Size is the number of values.
func (w *Weight) Size() int64 {
	n := int64(1)
	for _, d := range w.Dims {
		if d <= 0 || n > maxValues/d {
			return 0
		}
		n *= d
	}
	return n
}

func readWeight(data []byte) (*Weight, error) {
	t, err := onnxwire.ReadTensor(data)
	return &Weight{Tensor: t, message: data}, err
}

// bytes returns a weight's raw values, which may be in another file of the model's folder.
func (g *Graph) bytes(w *Weight) ([]byte, error) {
	if w.Location == "" {
		return w.Raw, nil
	}
	name := filepath.FromSlash(w.Location)
	if g.Folder == "" || !filepath.IsLocal(name) {
		return nil, fmt.Errorf("weight %s: its values are in %q, which is not in the model's folder", w.Name, w.Location)
	}
	f, err := os.Open(filepath.Join(g.Folder, name))
	if err != nil {
		return nil, fmt.Errorf("weight %s: %w", w.Name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("weight %s: %w", w.Name, err)
	}
	n := w.Length
	if n == 0 {
		n = info.Size() - w.Offset
	}
	if w.Offset < 0 || n < 0 || n > info.Size()-w.Offset {
		return nil, fmt.Errorf("weight %s: %s has %d bytes, but the weight needs %d from position %d on", w.Name, w.Location, info.Size(), n, w.Offset)
	}
	out := make([]byte, n)
	if _, err := f.ReadAt(out, w.Offset); err != nil && err != io.EOF {
		return nil, fmt.Errorf("weight %s: %w", w.Name, err)
	}
	return out, nil
}

// Values returns a weight's values as float32, for any numeric type. Large integers are rounded.
func (g *Graph) Values(w *Weight) ([]float32, error) {
	n := w.Size()
	if int64(len(w.Floats)) == 4*n && n > 0 {
		return w.fromFloats(), nil
	}
	raw, err := g.bytes(w)
	if err != nil {
		return nil, err
	}
	if raw == nil && int64(len(w.Ints)) == n {
		return w.fromInts(), nil
	}
	size := map[int64]int64{Float32: 4, Uint8: 1, Int8: 1, Int32: 4, Int64: 8, Bool: 1, Float16: 2, Float64: 8, BFloat16: 2}[w.Type]
	if size == 0 || int64(len(raw)) != n*size {
		return nil, fmt.Errorf("weight %s has %d bytes for %v values of type %d", w.Name, len(raw), w.Dims, w.Type)
	}
	out, le := make([]float32, n), binary.LittleEndian
	for i := range out {
		b := raw[int64(i)*size:]
		switch w.Type {
		case Float32:
			out[i] = math.Float32frombits(le.Uint32(b))
		case Uint8, Bool:
			out[i] = float32(b[0])
		case Int8:
			out[i] = float32(int8(b[0]))
		case Int32:
			out[i] = float32(int32(le.Uint32(b)))
		case Int64:
			out[i] = float32(int64(le.Uint64(b)))
		case Float16:
			out[i] = half.ToFloat32(le.Uint16(b))
		case Float64:
			out[i] = float32(math.Float64frombits(le.Uint64(b)))
		case BFloat16:
			out[i] = math.Float32frombits(uint32(le.Uint16(b)) << 16)
		}
	}
	return out, nil
}

// Same reports whether two weights have the same bytes. It does not read other files.
func Same(w, o *Weight) bool {
	return w.Type == o.Type && w.Location == "" && o.Location == "" && len(w.Raw) > 0 && slices.Equal(w.Dims, o.Dims) && bytes.Equal(w.Raw, o.Raw)
}

// fromFloats are values of the field for float32.
func (w *Weight) fromFloats() []float32 {
	out := make([]float32, len(w.Floats)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(w.Floats[4*i:]))
	}
	return out
}

// fromInts reads values of small types from the field that holds them as integers; a half is stored as its bits.
func (w *Weight) fromInts() []float32 {
	out := make([]float32, len(w.Ints))
	for i, v := range w.Ints {
		switch w.Type {
		case Float16:
			out[i] = half.ToFloat32(uint16(v))
		case BFloat16:
			out[i] = math.Float32frombits(uint32(uint16(v)) << 16)
		default:
			out[i] = float32(v)
		}
	}
	return out
}
