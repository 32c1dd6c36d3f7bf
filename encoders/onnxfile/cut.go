package onnxfile

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// Cut is the model with one output alone, and only what that output is computed from: of a file that
// holds two towers it leaves one. Opsets, metadata and what it does not know stay as they are.
func Cut(data []byte, output string) ([]byte, error) {
	var out []byte
	found := false
	err := fields(data, func(v field) error {
		if v.number != 7 {
			out = v.append(out)
			return nil
		}
		graph, err := cutGraph(v.bytes, output)
		found = true
		out = protowire.AppendBytes(protowire.AppendTag(out, 7, protowire.BytesType), graph)
		return err
	})
	if err == nil && !found {
		err = fmt.Errorf("it holds no graph")
	}
	if err != nil {
		return nil, fmt.Errorf("cut onnx file to %s: %w", output, err)
	}
	return out, nil
}

// append writes a field as it was read.
func (v field) append(to []byte) []byte {
	to = protowire.AppendTag(to, v.number, v.kind)
	switch v.kind {
	case protowire.VarintType:
		return protowire.AppendVarint(to, v.varint)
	case protowire.Fixed32Type:
		return protowire.AppendFixed32(to, uint32(v.varint))
	case protowire.Fixed64Type:
		return protowire.AppendFixed64(to, v.varint)
	}
	return protowire.AppendBytes(to, v.bytes)
}

// edges are what a node reads, in its subgraphs too, and what it writes.
type edges struct{ reads, writes []string }

func nodeEdges(data []byte, depth int) (e edges, err error) {
	if depth > maxDepth {
		return e, fmt.Errorf("graphs lie in graphs more than %d deep", maxDepth)
	}
	err = fields(data, func(v field) error {
		switch v.number {
		case 1:
			e.reads = append(e.reads, string(v.bytes))
		case 2:
			e.writes = append(e.writes, string(v.bytes))
		case 5:
			return fields(v.bytes, func(v field) error {
				if v.kind != protowire.BytesType || v.number != 6 && v.number != 11 {
					return nil
				}
				return fields(v.bytes, func(v field) error { // a subgraph reads names from outside
					switch v.number {
					case 1:
						inner, err := nodeEdges(v.bytes, depth+1)
						e.reads = append(e.reads, inner.reads...)
						return err
					case 12: // an outer value may be an inner output as it is
						e.reads = append(e.reads, nameOf(v.bytes))
					}
					return nil
				})
			})
		}
		return nil
	})
	return e, err
}

// nameOf is field 1 of a ValueInfoProto, field 8 of a TensorProto has another.
func nameOf(data []byte) (name string) { return nameIn(data, 1) }

func nameIn(data []byte, number protowire.Number) (name string) {
	_ = fields(data, func(v field) error { // it was read before
		if v.number == number && v.kind == protowire.BytesType {
			name = string(v.bytes)
		}
		return nil
	})
	return name
}

func cutGraph(data []byte, output string) ([]byte, error) {
	var nodes []edges
	outputs := map[string]bool{}
	err := fields(data, func(v field) error {
		switch v.number {
		case 1:
			e, err := nodeEdges(v.bytes, 0)
			nodes = append(nodes, e)
			return err
		case 12:
			outputs[nameOf(v.bytes)] = true
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
	for again := true; again; { // nodes are in order, so that once is enough of a file as it should be
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
	err = fields(data, func(v field) error {
		stays := true
		switch v.number {
		case 1:
			stays = keep[at]
			at++
		case 5:
			stays = needed[nameIn(v.bytes, 8)]
		case 11, 13:
			stays = needed[nameOf(v.bytes)]
		case 12:
			stays = nameOf(v.bytes) == output
		}
		if stays {
			out = v.append(out)
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
