package ort

import (
	"encoding/json"
	"slices"
)

// moves are operators that compute nothing. The values that they move have a type, but that is no
// arithmetic.
var moves = []string{"Cast", "Shape", "Reshape", "Transpose", "Gather", "GatherElements", "GatherND", "Concat", "Slice", "Split", "Squeeze", "Unsqueeze", "Expand",
	"Identity", "Flatten", "Tile", "Where", "Constant", "ConstantOfShape", "Pad", "ScatterND", "MemcpyToHost", "MemcpyFromHost", "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"}

// arithmeticIn is the type in which an operator computed. It is "" for an operator that does not compute
// on a model's numbers. 8-bit inputs make it integer arithmetic, whatever the type of its scales.
func arithmeticIn(op string, inputs json.RawMessage) string {
	var list []map[string]json.RawMessage
	if op == "" || slices.Contains(moves, op) || json.Unmarshal(inputs, &list) != nil {
		return ""
	}
	kind := ""
	for _, in := range list {
		for name := range in {
			switch name {
			case "int8", "uint8":
				return "int8"
			case "float", "float16", "bfloat16", "double":
				if kind == "" {
					kind = name
				}
			}
		}
	}
	return kind
}

// shares are parts of one; nil of nothing.
func shares(of map[string]float64) map[string]float64 {
	sum := 0.0
	for _, v := range of {
		sum += v
	}
	if sum == 0 {
		return nil
	}
	out := map[string]float64{}
	for k, v := range of {
		out[k] = v / sum
	}
	return out
}
