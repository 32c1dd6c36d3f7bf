package onnx

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/ort"
)

// TestFileSizes: sizes that an ONNX file says are refused by name before anything is made of that size.
func TestFileSizes(t *testing.T) {
	for name, x := range map[string]struct{ image, out, text, want string }{
		"usual":         {"[-1,3,224,224]", "[-1,512]", "[-1,-1]", ""},
		"fixed":         {"[8,3,224,224]", "[8,512]", "[8,77]", ""},
		"side":          {"[-1,3,1073741824,1073741824]", "[-1,512]", "[-1,77]", "model m: the side of its pictures is 1073741824: want 1 to 4096"},
		"not square":    {"[-1,3,224,112]", "[-1,512]", "[-1,77]", "image tower's input is [-1 3 224 112]: want [N,3,S,S]"},
		"one channel":   {"[-1,1,224,224]", "[-1,512]", "[-1,77]", "want [N,3,S,S]"},
		"dim":           {"[-1,3,224,224]", "[-1,1099511627776]", "[-1,77]", "the length of its embeddings is 1099511627776: want 1 to 16384"},
		"length":        {"[-1,3,224,224]", "[-1,512]", "[-1,1099511627776]", "the length of its texts is 1099511627776"},
		"batch":         {"[1099511627776,3,224,224]", "[-1,512]", "[-1,77]", "its batch is 1099511627776: want 1 to 65536"},
		"text batch":    {"[-1,3,224,224]", "[-1,512]", "[4294967297,77]", "its batch is 4294967297"},
		"fixed and big": {"[60000,3,224,224]", "[-1,512]", "[-1,77]", "60000 pictures of side 224 take 34 GiB"},
		"no dimensions": {"[-1,3,224,224]", "[-1,512]", "[]", "want int64 or int32 input_ids [N,L]"},
	} {
		t.Run(name, func(t *testing.T) {
			port := func(kind, shape string) ort.Port {
				p := ort.Port{Name: "x", Type: kind}
				require.NoError(t, json.Unmarshal([]byte(shape), &p.Shape))
				return p
			}
			e := &encoder{spec: encoders.Spec{Batch: 1}, image: &tower{inputs: []ort.Port{port("float32", x.image)}, output: port("float32", x.out)},
				text: &tower{inputs: []ort.Port{port("int64", x.text)}, output: port("float32", x.out)}}
			if err := e.inspect(&encoders.Model{Name: "m"}); x.want == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, x.want)
			}
		})
	}
}
