package ort

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestArithmeticIn(t *testing.T) {
	for _, c := range []struct{ op, inputs, want string }{
		{"MatMul", `[{"float":[1,2]},{"float":[2,2]}]`, "float"},
		{"FusedMatMul", `[{"float16":[1,2]},{"float16":[2,2]}]`, "float16"},
		{"MatMulIntegerToFloat", `[{"uint8":[1,2]},{"int8":[2,2]},{"float":[]}]`, "int8"},
		{"Cast", `[{"float16":[1]}]`, ""}, {"Add", `[{"int64":[1]}]`, ""}, {"MatMul", `{}`, ""}, {"", `[{"float":[]}]`, ""},
	} {
		assert.Equal(t, c.want, arithmeticIn(c.op, json.RawMessage(c.inputs)), "%+v", c)
	}
}

func TestProfileArithmetic(t *testing.T) {
	event := func(op, kind string, dur int) map[string]any {
		return map[string]any{"cat": "Node", "dur": dur, "name": op + "_kernel_time", "args": map[string]any{
			"op_name": op, "node_index": "0", "provider": "CPUExecutionProvider", "input_type_shape": []any{map[string]any{kind: []int{1}}}}}
	}
	data, err := json.Marshal([]any{event("MatMul", "float", 90), event("Add", "float16", 1), event("Cast", "float16", 9), event("MatMul", "float", 30), event("Add", "float16", 10), event("Cast", "float16", 9)})
	require.NoError(t, err)
	p, err := ParseProfile(data)
	require.NoError(t, err)
	assert.Equal(t, map[string]float64{"float": 0.75, "float16": 0.25}, p.Arithmetic)
}
