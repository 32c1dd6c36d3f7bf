package onnxwire_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/fastclip/fastclip/encoders/onnxfile/onnxwire"
)

func TestReadTensor(t *testing.T) {
	packed := onnxwire.Message(nil, 4, []byte{1, 2, 3, 4})
	single := protowire.AppendFixed32(protowire.AppendTag(nil, 4, protowire.Fixed32Type), 0x08070605)
	data := bytes.Join([][]byte{packed, onnxwire.Text(nil, 8, "w"), single, onnxwire.Integer(nil, 1, 2)}, nil)
	before := bytes.Clone(data)
	got, err := onnxwire.ReadTensor(data)
	require.NoError(t, err)
	assert.Equal(t, onnxwire.Tensor{Name: "w", Dims: []int64{2}, Floats: []byte{1, 2, 3, 4, 5, 6, 7, 8}}, got)
	assert.Equal(t, before, data, "reading must not write into the message")
}

func TestReadTensorInAnotherFile(t *testing.T) {
	entry := func(key, value string) []byte {
		return onnxwire.Message(nil, 13, onnxwire.Text(onnxwire.Text(nil, 1, key), 2, value))
	}
	got, err := onnxwire.ReadTensor(bytes.Join([][]byte{entry("location", "x.bin"), entry("offset", "64"), entry("length", "8"), entry("checksum", "?")}, nil))
	require.NoError(t, err)
	assert.Equal(t, onnxwire.Tensor{Location: "x.bin", Offset: 64, Length: 8}, got)
	_, err = onnxwire.ReadTensor(entry("offset", "far"))
	assert.ErrorContains(t, err, "external_data: offset")
}
