package onnxfile

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/fastclip/fastclip/encoders/onnxfile/onnxwire"
)

// Cut reduces the model to one output and to what that output is computed from. Applied to a file with two towers,
// it leaves one of them. Opsets, metadata and unknown fields stay as they are.
func Cut(data []byte, output string) ([]byte, error) {
	var out []byte
	found := false
	err := onnxwire.Fields(data, func(v onnxwire.Field) error {
		if v.Number != 7 {
			out = v.Append(out)
			return nil
		}
		graph, err := cutGraph(v.Bytes, output)
		found = true
		out = protowire.AppendBytes(protowire.AppendTag(out, 7, protowire.BytesType), graph)
		return err
	})
	if err == nil && !found {
		err = fmt.Errorf("it contains no graph")
	}
	if err != nil {
		return nil, fmt.Errorf("cut onnx file to %s: %w", output, err)
	}
	return out, nil
}

// edges are the names that a node reads, in its subgraphs too, and the names that it writes.
type edges struct{ reads, writes []string }

func nodeEdges(data []byte, depth int) (e edges, err error) {
	if depth > maxDepth {
		return e, fmt.Errorf("graphs are nested more than %d deep", maxDepth)
	}
	err = onnxwire.Fields(data, func(v onnxwire.Field) error {
		switch v.Number {
		case 1:
			e.reads = append(e.reads, string(v.Bytes))
		case 2:
			e.writes = append(e.writes, string(v.Bytes))
		case 5:
			return onnxwire.Fields(v.Bytes, func(v onnxwire.Field) error {
				if v.Kind != protowire.BytesType || v.Number != 6 && v.Number != 11 {
					return nil
				}
				return onnxwire.Fields(v.Bytes, func(v onnxwire.Field) error { // a subgraph reads names from outside
					switch v.Number {
					case 1:
						inner, err := nodeEdges(v.Bytes, depth+1)
						e.reads = append(e.reads, inner.reads...)
						return err
					case 12: // an outer value may directly be an inner output
						e.reads = append(e.reads, nameOf(v.Bytes))
					}
					return nil
				})
			})
		}
		return nil
	})
	return e, err
}

// nameOf reads field 1, the name in a ValueInfoProto. A TensorProto has its name in field 8.
func nameOf(data []byte) (name string) { return nameIn(data, 1) }

func nameIn(data []byte, number protowire.Number) (name string) {
	_ = onnxwire.Fields(data, func(v onnxwire.Field) error { // it was read before
		if v.Number == number && v.Kind == protowire.BytesType {
			name = string(v.Bytes)
		}
		return nil
	})
	return name
}

func cutGraph(data []byte, output string) ([]byte, error) {
	var nodes []edges
	outputs := map[string]bool{}
	err := onnxwire.Fields(data, func(v onnxwire.Field) error {
		switch v.Number {
		case 1:
			e, err := nodeEdges(v.Bytes, 0)
			nodes = append(nodes, e)
			return err
		case 12:
			outputs[nameOf(v.Bytes)] = true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !outputs[output] {
		return nil, fmt.Errorf("it has no such output")
	}
	needed, keep := map[string]bool{output: true}, make([]bool, len(nodes))
	for again := true; again; { // nodes are in order, so one pass is enough for a valid file
		again = false
		for i := len(nodes) - 1; i >= 0; i-- {
			if keep[i] || !anyOf(needed, nodes[i].writes) {
				continue
			}
			keep[i], again = true, true
			for _, name := range nodes[i].reads {
				needed[name] = true
			}
		}
	}
	at, out := 0, []byte(nil)
	err = onnxwire.Fields(data, func(v onnxwire.Field) error {
		stays := true
		switch v.Number {
		case 1:
			stays = keep[at]
			at++
		case 5:
			stays = needed[nameIn(v.Bytes, 8)]
		case 11, 13:
			stays = needed[nameOf(v.Bytes)]
		case 12:
			stays = nameOf(v.Bytes) == output
		}
		if stays {
			out = v.Append(out)
		}
		return nil
	})
	return out, err
}

func anyOf(set map[string]bool, names []string) bool {
	for _, n := range names {
		if n != "" && set[n] {
			return true
		}
	}
	return false
}
