package ort

import (
	"encoding/binary"
	"fmt"
	"math"

	onnx "github.com/yalue/onnxruntime_go"

	"github.com/fastclip/fastclip/internal/half"
)

// Tensor is an input of Run, row-major: Float32 for a port of float32 or float16, Int64 for one of
// int64 or int32.
type Tensor struct {
	Float32 []float32
	Int64   []int64
	Bytes   []byte // for uint8
	Shape   []int64
}

// value is the tensor in the port's type. It does not copy values that have that type already.
func (t Tensor) value(kind string) (onnx.Value, error) {
	shape := onnx.NewShape(t.Shape...)
	switch {
	case kind == "float32" && t.Float32 != nil:
		return onnx.NewTensor(shape, t.Float32)
	case kind == "float16" && t.Float32 != nil:
		raw := make([]byte, 0, 2*len(t.Float32))
		for _, v := range t.Float32 {
			raw = binary.LittleEndian.AppendUint16(raw, half.FromFloat32(v))
		}
		return onnx.NewCustomDataTensor(shape, raw, onnx.TensorElementDataTypeFloat16)
	case kind == "uint8" && t.Bytes != nil:
		return onnx.NewTensor(shape, t.Bytes)
	case kind == "int64" && t.Int64 != nil:
		return onnx.NewTensor(shape, t.Int64)
	case kind == "int32" && t.Int64 != nil:
		ids := make([]int32, len(t.Int64))
		for i, v := range t.Int64 {
			if v < math.MinInt32 || v > math.MaxInt32 {
				return nil, fmt.Errorf("%d does not fit int32", v)
			}
			ids[i] = int32(v)
		}
		return onnx.NewTensor(shape, ids)
	}
	return nil, fmt.Errorf("the model wants %s", kind)
}

// output is a tensor for the model to write to; take brings what it wrote to dst. Half precision
// outputs have to be there already: the binding cannot take over those that ONNX Runtime makes.
func output(kind string, dst []float32, shape []int64) (out onnx.Value, take func(), err error) {
	switch kind {
	case "float32":
		out, err = onnx.NewTensor(onnx.NewShape(shape...), dst)
		return out, func() {}, err
	case "float16":
		raw := make([]byte, 2*len(dst))
		out, err = onnx.NewCustomDataTensor(onnx.NewShape(shape...), raw, onnx.TensorElementDataTypeFloat16)
		return out, func() {
			for i := range dst {
				dst[i] = half.ToFloat32(binary.LittleEndian.Uint16(raw[2*i:]))
			}
		}, err
	}
	return nil, nil, fmt.Errorf("it is %s: want float32 or float16", kind)
}
