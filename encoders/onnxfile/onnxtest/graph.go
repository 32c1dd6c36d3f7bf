// Package onnxtest makes small ONNX files for tests. Field numbers are those of onnx.proto.
package onnxtest

import (
	"encoding/binary"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Data types of ONNX.
const (
	Float32 = 1
	Uint8   = 2
	Int32   = 6
	Int64   = 7
	Float16 = 10
)

// Graph is a model under construction.
type Graph struct{ body []byte }

func text(to []byte, number protowire.Number, v string) []byte {
	return protowire.AppendString(protowire.AppendTag(to, number, protowire.BytesType), v)
}

func varint(to []byte, number protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(to, number, protowire.VarintType), uint64(v))
}

// Attr is an attribute of a node: an int64, a float32, a string or a list of int64.
type Attr struct {
	Name  string
	Value any
}

// Node adds an operator.
func (g *Graph) Node(op string, in, out []string, attrs ...Attr) *Graph {
	var n []byte
	for _, name := range in {
		n = text(n, 1, name)
	}
	for _, name := range out {
		n = text(n, 2, name)
	}
	n = text(n, 4, op)
	for _, a := range attrs {
		at := text(nil, 1, a.Name)
		switch v := a.Value.(type) {
		case int64:
			at = varint(varint(at, 3, v), 20, 2)
		case float32:
			at = protowire.AppendFixed32(protowire.AppendTag(at, 2, protowire.Fixed32Type), math.Float32bits(v))
			at = varint(at, 20, 1)
		case string:
			at = varint(text(at, 4, v), 20, 3)
		case []int64:
			for _, i := range v {
				at = varint(at, 8, i)
			}
			at = varint(at, 20, 7)
		default:
			panic(fmt.Sprintf("attribute %s: %T", a.Name, a.Value))
		}
		n = text(n, 5, string(at))
	}
	g.body = text(g.body, 1, string(n))
	return g
}

// port is a ValueInfoProto; a dim is an int, or a string for one that is open.
func port(name string, kind int64, dims []any) string {
	var shape []byte
	for _, d := range dims {
		var dim []byte
		switch v := d.(type) {
		case int:
			dim = varint(nil, 1, int64(v))
		case string:
			dim = text(nil, 2, v)
		default:
			panic(fmt.Sprintf("dim of %s: %T", name, d))
		}
		shape = text(shape, 1, string(dim))
	}
	tensor := text(varint(nil, 1, kind), 2, string(shape))
	return string(text(text(nil, 1, name), 2, string(text(nil, 1, string(tensor)))))
}

// In adds an input.
func (g *Graph) In(name string, kind int64, dims ...any) *Graph {
	g.body = text(g.body, 11, port(name, kind, dims))
	return g
}

// Out adds an output.
func (g *Graph) Out(name string, kind int64, dims ...any) *Graph {
	g.body = text(g.body, 12, port(name, kind, dims))
	return g
}

func (g *Graph) weight(name string, kind int64, dims []int64, raw []byte) *Graph {
	var t []byte
	for _, d := range dims {
		t = varint(t, 1, d)
	}
	t = text(varint(t, 2, kind), 8, name)
	g.body = text(g.body, 5, string(text(t, 9, string(raw))))
	return g
}

// Floats adds a weight of float32.
func (g *Graph) Floats(name string, dims []int64, values []float32) *Graph {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return g.weight(name, Float32, dims, raw)
}

// Ints adds a weight of int64; a scalar has no dims.
func (g *Graph) Ints(name string, dims []int64, values ...int64) *Graph {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return g.weight(name, Int64, dims, raw)
}

// Bytes is the model: opset 17, IR version 8.
func (g *Graph) Bytes() []byte {
	m := varint(nil, 1, 8)
	m = text(m, 7, string(append(text(nil, 2, "g"), g.body...)))
	return text(m, 8, string(varint(text(nil, 1, ""), 2, 17)))
}
