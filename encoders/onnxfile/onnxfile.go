// Package onnxfile reads what an ONNX file says about itself, without running it: ports, opsets, parameters,
// operators. Field numbers are those of onnx.proto (ONNX 1.23).
package onnxfile

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/fastclip/fastclip/encoders/onnxfile/onnxwire"
)

// File is an ONNX model's description.
type File struct {
	Producer        string
	IRVersion       int64
	Opsets          map[string]int64 // by domain; "" is ONNX's own
	Inputs, Outputs []Port
	// Parameters counts the values of floating-point and 8-bit initializers, by data type.
	// Shapes, indices and other integers are not counted.
	Parameters map[string]int64
	Ops        map[string]int // nodes by operator; those of other domains as domain.Operator
	External   []string       // files of external data, as the model names them
	constants  []float64      // scalars in initializers and Constant nodes
	quantNodes []quantNode
	eightBits  map[string]eightBit // 8-bit initializers
	sizes      map[string]int64    // number of values in every initializer
	tables     []tensor            // initializers that may be tables of positions
	depth      int                 // of nested subgraphs
}

// Port is an input or an output.
type Port struct {
	Name string
	Type string // "float32", "int64" and so on
	Dims []Dim
}

// Dim is an axis. It is fixed if Name is empty and Size is positive, and dynamic otherwise.
type Dim struct {
	Name string
	Size int64
}

func (d Dim) String() string {
	switch {
	case d.Name != "":
		return d.Name
	case d.Size > 0:
		return fmt.Sprint(d.Size)
	}
	return "?"
}

// Dynamic tells whether the axis takes any size.
func (d Dim) Dynamic() bool { return d.Name != "" || d.Size <= 0 }

// All is the count of all parameters.
func (f *File) All() int64 {
	var n int64
	for _, v := range f.Parameters {
		n += v
	}
	return n
}

// Parse reads a model. Bytes that are not an ONNX model are an error; unknown fields are skipped.
func Parse(data []byte) (*File, error) {
	f := &File{Opsets: map[string]int64{}, Parameters: map[string]int64{}, Ops: map[string]int{}, eightBits: map[string]eightBit{}, sizes: map[string]int64{}}
	graph := false
	err := onnxwire.Fields(data, func(v onnxwire.Field) error {
		switch v.Number {
		case 1:
			f.IRVersion = int64(v.Varint)
		case 2:
			f.Producer = string(v.Bytes)
		case 7:
			graph = true
			return f.graph(v.Bytes)
		case 8:
			return f.opset(v.Bytes)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read onnx file: %w", err)
	}
	if !graph {
		return nil, errors.New("read onnx file: it contains no graph")
	}
	return f, nil
}

func (f *File) opset(data []byte) error {
	var domain string
	var version int64
	err := onnxwire.Fields(data, func(v onnxwire.Field) error {
		switch v.Number {
		case 1:
			domain = string(v.Bytes)
		case 2:
			version = int64(v.Varint)
		}
		return nil
	})
	f.Opsets[domain] = version
	return err
}

func (f *File) graph(data []byte) error {
	initializers := map[string]bool{}
	err := onnxwire.Fields(data, func(v onnxwire.Field) error {
		switch v.Number {
		case 1:
			return f.node(v.Bytes)
		case 5:
			t, err := readTensor(v.Bytes)
			initializers[t.Name] = true
			if t.table() {
				f.tables = append(f.tables, tensor{onnxwire.Tensor{Name: t.Name, Dims: t.Dims}})
			}
			return errors.Join(err, f.count(t))
		case 11:
			return appendPort(&f.Inputs, v.Bytes)
		case 12:
			return appendPort(&f.Outputs, v.Bytes)
		}
		return nil
	})
	// Files of IR version 3 and earlier list their weights among the inputs.
	kept := f.Inputs[:0]
	for _, p := range f.Inputs {
		if !initializers[p.Name] {
			kept = append(kept, p)
		}
	}
	f.Inputs = kept
	return err
}

func (f *File) count(t tensor) error {
	n, err := t.size()
	if err != nil {
		return err
	}
	switch t.Type {
	case typeFloat, typeFloat16, typeBFloat16, typeDouble, typeInt8, typeUint8:
		f.Parameters[typeName(t.Type)] += n
	}
	f.note(t, n)
	if t.Location != "" {
		f.External = append(f.External, t.Location)
	}
	if c, ok := t.scalar(); ok {
		f.constants = append(f.constants, c)
	}
	return nil
}

func (f *File) node(data []byte) error {
	var op, domain string
	var inputs []string
	err := onnxwire.Fields(data, func(v onnxwire.Field) error {
		switch v.Number {
		case 1:
			inputs = append(inputs, string(v.Bytes))
		case 4:
			op = string(v.Bytes)
		case 5:
			return f.attribute(v.Bytes)
		case 7:
			domain = string(v.Bytes)
		}
		return nil
	})
	if domain != "" && domain != "ai.onnx" {
		op = domain + "." + op
	}
	f.Ops[op]++
	if _, ok := quantOps[op]; ok {
		f.quantNodes = append(f.quantNodes, quantNode{op, inputs})
	}
	return err
}

// maxDepth keeps a hostile file from using up the stack.
const maxDepth = 32

// attribute descends into subgraphs and records constants.
func (f *File) attribute(data []byte) error {
	return onnxwire.Fields(data, func(v onnxwire.Field) error {
		switch {
		case v.Number == 5 && v.Kind == protowire.BytesType, v.Number == 10:
			t, err := readTensor(v.Bytes)
			return errors.Join(err, f.count(t))
		case v.Number == 6 && v.Kind == protowire.BytesType, v.Number == 11:
			if f.depth == maxDepth {
				return fmt.Errorf("graphs are nested more than %d deep", maxDepth)
			}
			inner := &File{Parameters: f.Parameters, Ops: f.Ops, eightBits: f.eightBits, sizes: f.sizes, depth: f.depth + 1}
			err := inner.graph(v.Bytes)
			f.External, f.constants = append(f.External, inner.External...), append(f.constants, inner.constants...)
			f.quantNodes = append(f.quantNodes, inner.quantNodes...)
			return err
		}
		return nil
	})
}
