package onnxfile_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/fastclip/fastclip/encoders/onnxfile"
)

// TestQuantization is of files that ONNX Runtime's own tools made.
func TestQuantization(t *testing.T) {
	for name, want := range map[string]string{
		"image.onnx": "", "image.fp16.onnx": "", "text.optimised.onnx": "",
		"image.int8.onnx": "dynamic U8S8", "text.int8.onnx": "dynamic U8S8",
		"image.int8-channel.onnx": "dynamic U8S8, a scale a channel", "text.int8-channel.onnx": "dynamic U8S8, a scale a channel",
	} {
		f, err := onnxfile.Parse(read(t, name))
		require.NoError(t, err)
		q := f.Quantization()
		assert.Equal(t, want, q.String(), name)
		assert.Equal(t, want != "", q.CanSaturate(), name)
	}
	for want, q := range map[bool][]onnxfile.Quantization{
		true: {{Kind: onnxfile.Dynamic, Activations: "u8", Weights: "s8"}, {Kind: onnxfile.Static, Activations: "u8", Weights: "s8, u8"}},
		false: {
			{}, {Kind: onnxfile.Dynamic, Activations: "u8", Weights: "u8"}, {Kind: onnxfile.Dynamic, Activations: "u8", Weights: "s8", Reduced: true},
			{Kind: onnxfile.Static, Activations: "s8", Weights: "s8"},
		},
	} {
		for _, q := range q {
			assert.Equal(t, want, q.CanSaturate(), q.String())
		}
	}
	// A static graph as ONNX Runtime's tools write it: quantized activations and weights, each dequantized.
	for want, c := range map[string]struct{ zero, weights, scales int }{
		"static U8S8, a scale a channel":                    {2, 127, 3},
		"static U8S8, a scale a channel, weights of 7 bits": {2, 64, 3},
		"static S8S8": {3, 127, 1},
	} {
		graph := slices.Concat(
			node("QuantizeLinear", "x", "s", "z"), node("DequantizeLinear", "xq", "s", "z"), node("DequantizeLinear", "w", "ws", "wz"), node("MatMul", "xd", "wd"),
			initializer("z", c.zero, []byte{0}), initializer("s", 1, []byte{0, 0, 128, 63}), initializer("ws", 1, make([]byte, 4*c.scales)),
			initializer("w", 3, []byte{1, byte(256 - c.weights), 3}), initializer("wz", 3, make([]byte, c.scales)),
		)
		f, err := onnxfile.Parse(protowire.AppendBytes(protowire.AppendTag(nil, 7, protowire.BytesType), graph))
		require.NoError(t, err)
		assert.Equal(t, want, f.Quantization().String())
	}
	dynamic := onnxfile.Quantization{Kind: onnxfile.Dynamic, Activations: "u8", Weights: "s8", PerChannel: true, Reduced: true}
	assert.Equal(t, "dynamic U8S8, a scale a channel, weights of 7 bits", dynamic.String())
	assert.Equal(t, "image: "+dynamic.String(), onnxfile.TowerQuantization(dynamic, onnxfile.Quantization{}))
}

// node is a field of a graph.
func node(op string, inputs ...string) []byte {
	var n []byte
	for _, in := range inputs {
		n = protowire.AppendString(protowire.AppendTag(n, 1, protowire.BytesType), in)
	}
	n = protowire.AppendString(protowire.AppendTag(n, 4, protowire.BytesType), op)
	return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), n)
}

// initializer is a field of a graph: a vector of 8 bits, or of float32 (type 1).
func initializer(name string, kind int, raw []byte) []byte {
	n := len(raw)
	if kind == 1 {
		n /= 4
	}
	t := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(n))
	t = protowire.AppendVarint(protowire.AppendTag(t, 2, protowire.VarintType), uint64(kind))
	t = protowire.AppendString(protowire.AppendTag(t, 8, protowire.BytesType), name)
	t = protowire.AppendBytes(protowire.AppendTag(t, 9, protowire.BytesType), raw)
	return protowire.AppendBytes(protowire.AppendTag(nil, 5, protowire.BytesType), t)
}
