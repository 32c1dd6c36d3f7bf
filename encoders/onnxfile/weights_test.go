package onnxfile

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWeights(t *testing.T) {
	for want, f := range map[string]File{
		"":     {},
		"fp32": {Parameters: map[string]int64{"float32": 9, "float16": 3}},
		"fp16": {Parameters: map[string]int64{"float32": 1, "float16": 3}},
		"bf16": {Parameters: map[string]int64{"bfloat16": 3}},
		"int8": {Parameters: map[string]int64{"float32": 1, "uint8": 3}},
		"int4": {Parameters: map[string]int64{"float32": 9, "uint8": 3}, Ops: map[string]int{"com.microsoft.MatMulNBits": 1}},
	} {
		assert.Equal(t, want, f.Weights())
	}
	for _, c := range []struct {
		label, weights string
		want           bool
	}{{"fp32", "fp32", true}, {"fp32", "fp16", false}, {"fp16", "fp32", false}, {"fp16", "int8", false}, {"int8", "fp32", false}, {"uint8", "int8", true},
		{"q4f16", "int4", true}, {"q4", "fp32", false}, {"mixed", "int8", true}, {"fp16", "", true}} {
		assert.Equal(t, c.want, Fits(c.label, c.weights), c)
	}
	for name, want := range map[string]string{"onnx/model_q4f16.onnx": "q4f16", "text.fp16.onnx": "fp16", "image.int8-channel.onnx": "", "image.onnx": "", "fp16.onnx": ""} {
		assert.Equal(t, want, Label(name), name)
	}
}
