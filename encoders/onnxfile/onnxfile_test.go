package onnxfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/fastclip/fastclip/encoders/onnxfile"
	"github.com/fastclip/fastclip/internal/testenv"
)

func read(t testing.TB, name string) []byte {
	data, err := os.ReadFile(filepath.Join(testenv.Root(t), "testdata", "models", "mini", name))
	require.NoError(t, err)
	return data
}

func TestMini(t *testing.T) {
	f, err := onnxfile.Parse(read(t, "text.onnx"))
	require.NoError(t, err)
	assert.Equal(t, int64(17), f.Opsets[""])
	assert.Equal(t, int64(8), f.IRVersion)
	assert.Equal(t, "fastclip mini_export.py", f.Producer)
	assert.Equal(t, []onnxfile.Port{{Name: "input_ids", Type: "int64", Dims: []onnxfile.Dim{{Name: "batch"}, {Name: "length"}}}}, f.Inputs)
	assert.Equal(t, []onnxfile.Port{{Name: "text_embeds", Type: "float32", Dims: []onnxfile.Dim{{Name: "batch"}, {Size: 128}}}}, f.Outputs)
	assert.Equal(t, 5, f.Ops["LayerNormalization"])
	assert.Empty(t, f.External)
	// 278 rows, 32 positions, two blocks of 198272, a norm, a projection, the causal mask, and
	// two factors: counted by hand.
	assert.Equal(t, map[string]int64{"float32": 278*128 + 32*128 + 2*198272 + 256 + 128*128 + 1024 + 2}, f.Parameters)
}

func TestActivation(t *testing.T) {
	for _, name := range []string{"image.onnx", "text.onnx", "image.fp16.onnx", "text.optimised.onnx", "image.int8.onnx"} {
		f, err := onnxfile.Parse(read(t, name))
		require.NoError(t, err)
		assert.Equal(t, onnxfile.QuickGELU, f.Activation(), name)
	}
	f := &onnxfile.File{Ops: map[string]int{"Erf": 12}}
	assert.Equal(t, onnxfile.GELU, f.Activation())
	f.Ops["com.microsoft.QuickGelu"] = 1
	assert.Empty(t, f.Activation(), "both")
}

func TestExternalData(t *testing.T) {
	str := func(b []byte, n protowire.Number, v string) []byte {
		return protowire.AppendString(protowire.AppendTag(b, n, protowire.BytesType), v)
	}
	entry := str(str(nil, 1, "location"), 2, "../weights.bin")
	tensor := str(str(nil, 8, "w"), 13, string(entry))
	f, err := onnxfile.Parse(str(nil, 7, string(str(nil, 5, string(tensor)))))
	require.NoError(t, err)
	assert.Equal(t, []string{"../weights.bin"}, f.External)
}

func TestBadFiles(t *testing.T) {
	whole := read(t, "text.onnx")
	for name, data := range map[string][]byte{"empty": nil, "cut": whole[:len(whole)/2], "a picture": []byte("\x89PNG\r\n\x1a\nxxxxxxxx")} {
		_, err := onnxfile.Parse(data)
		assert.ErrorContains(t, err, "read onnx file", name)
	}
}

// TestShapes: a product of dimensions that overflows, or a dimension below 0, is no shape; 0 is.
func TestShapes(t *testing.T) {
	for want, dims := range map[string][]uint64{
		"": {0, 1 << 40}, "want dimensions of at least 0": {4, ^uint64(0)}, "at most 281474976710656 values": {1 << 32, 1 << 32}, "tensor": {1 << 62, 4},
	} {
		tensor := protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), 1)
		for _, d := range dims {
			tensor = protowire.AppendVarint(protowire.AppendTag(tensor, 1, protowire.VarintType), d)
		}
		graph := protowire.AppendBytes(protowire.AppendTag(nil, 5, protowire.BytesType), tensor)
		f, err := onnxfile.Parse(protowire.AppendBytes(protowire.AppendTag(nil, 7, protowire.BytesType), graph))
		if want == "" {
			require.NoError(t, err)
			assert.Zero(t, f.All())
			continue
		}
		assert.ErrorContains(t, err, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{0x3a, 0x02, 0x2a, 0x00})
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := onnxfile.Parse(data)
		if err == nil {
			file.Activation()
			for kind, n := range file.Parameters {
				if n < 0 {
					t.Errorf("%d parameters of %s", n, kind)
				}
			}
		}
	})
}
