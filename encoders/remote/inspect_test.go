package remote

import (
	"encoding/json"
	"github.com/fastclip/fastclip/encoders"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/oip"
)

// sized makes an encoder for models with these shapes of inputs and outputs.
func sized(image, imageOut, text, textOut []int64) *encoder {
	port := func(kind string, shape []int64) []oip.Port {
		return []oip.Port{{Name: "x", Datatype: kind, Shape: shape}}
	}
	return &encoder{
		image: oip.Model{Name: "image", Inputs: port("FP32", image), Outputs: port("FP32", imageOut)},
		text:  oip.Model{Name: "text", Inputs: port("INT64", text), Outputs: port("FP32", textOut)},
	}
}

// TestServerSizes: an error names the bad size in a server's metadata, before memory is allocated for it.
func TestServerSizes(t *testing.T) {
	type shapes = [4][]int64
	plain := func(side, dim, length int64) shapes {
		return shapes{{-1, 3, side, side}, {-1, dim}, {-1, length}, {-1, dim}}
	}
	for name, x := range map[string]struct {
		shapes  shapes
		options map[string]string
		batch   int
		want    string
	}{
		"usual":                    {plain(224, 512, 77), nil, 32, ""},
		"the longest":              {plain(224, encoders.MaxDim, -1), nil, 32, ""},
		"side of 2^30":             {plain(1<<30, 512, 77), nil, 1, "model image: its metadata is wrong: image_size is 1073741824: want 1 to 4096"},
		"side of 2^33":             {plain(1<<33, 512, 77), nil, 1, "image_size is 8589934592"},
		"side of nothing":          {plain(0, 512, 77), nil, 1, "image_size is 0"},
		"side below nothing":       {plain(-224, 512, 77), nil, 1, "input x has shape [-1 3 -224 -224]"},
		"too large in a run":       {plain(4096, 512, 77), nil, 1, "32 pictures of side 4096 take 6.0 GiB: want at most 1.0 GiB"},
		"too large in a batch":     {plain(224, 512, 77), nil, 4096, "4096 pictures of side 224 take 2.3 GiB: want at most 1.0 GiB"},
		"dim of 2^40":              {plain(224, 1<<40, 77), nil, 1, "dim is 1099511627776: want 1 to 16384"},
		"dim whose bytes are 2^64": {plain(224, 1<<62, 77), nil, 1, "dim is 4611686018427387904"},
		"dim of nothing":           {plain(224, 0, 77), nil, 1, "dim is 0"},
		"dim below nothing":        {plain(224, math.MinInt64, 77), nil, 1, "output x has shape [-1 -9223372036854775808]"},
		"texts of 2^40":            {plain(224, 512, 1<<40), nil, 1, "model text: the length of its texts is 1099511627776: want 1 to 65536"},
		"texts of nothing":         {plain(224, 512, 0), nil, 1, "the length of its texts is 0"},
		"not square":               {shapes{{-1, 3, 224, 112}, {-1, 8}, {-1, -1}, {-1, 8}}, nil, 1, "its input is [-1 3 224 112]: want [N,3,S,S]"},
		"half open":                {shapes{{-1, 3, 224, -1}, {-1, 8}, {-1, -1}, {-1, 8}}, nil, 1, "want [N,3,S,S]"},
		"one channel":              {shapes{{-1, 1, 224, 224}, {-1, 8}, {-1, -1}, {-1, 8}}, nil, 1, "want [N,3,S,S]"},
		"channels last":            {shapes{{-1, 224, 224, 3}, {-1, 8}, {-1, -1}, {-1, 8}}, nil, 1, "want [N,3,S,S]"},
		"no shape":                 {shapes{nil, {-1, 8}, {-1, -1}, {-1, 8}}, nil, 1, "want one FP32 [N,3,S,S]"},
		"no shape of texts":        {shapes{{-1, 3, 8, 8}, {-1, 8}, nil, {-1, 8}}, nil, 1, "want input_ids [N,L]"},
		"no shape of embeddings":   {shapes{{-1, 3, 8, 8}, {-1, 8}, {-1, -1}, nil}, nil, 1, "model text: outputs are"},
		"another dim of texts":     {shapes{{-1, 3, 8, 8}, {-1, 8}, {-1, -1}, {-1, 1 << 32}}, nil, 1, "image embeddings have 8 values, text embeddings 4294967296"},
		"open":                     {plain(-1, -1, -1), map[string]string{"image_size": "8", "dim": "4"}, 1, ""},
		"open, dim too large":      {plain(8, -1, -1), map[string]string{"dim": "99999"}, 1, "variant v: options: dim is 99999: want 1 to 16384"},
		"open, side below":         {plain(-1, 4, -1), map[string]string{"image_size": "-8"}, 1, "variant v: options: image_size is -8"},
	} {
		t.Run(name, func(t *testing.T) {
			e := sized(x.shapes[0], x.shapes[1], x.shapes[2], x.shapes[3])
			err := e.inspect(encoders.Spec{Name: "v", Input: encoders.InputPixels, Batch: x.batch, Options: x.options})
			if x.want == "" {
				require.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, x.want)
			assert.Less(t, len(err.Error()), 400)
		})
	}
}

// FuzzServerMetadata: whatever a server says about its models, the accepted sizes are within limits.
func FuzzServerMetadata(f *testing.F) {
	f.Add([]byte(`{"name":"image","inputs":[{"name":"x","datatype":"FP32","shape":[-1,3,224,224]}],"outputs":[{"name":"y","datatype":"FP32","shape":[-1,512]}]}`),
		[]byte(`{"name":"text","inputs":[{"name":"x","datatype":"INT64","shape":[-1,77]}],"outputs":[{"name":"y","datatype":"FP32","shape":[-1,512]}]}`), false)
	f.Add([]byte(`{"inputs":[{"datatype":"BYTES","shape":[9223372036854775807]}],"outputs":[{"shape":[-1,-1]}]}`), []byte(`{"inputs":[{"shape":[1,1]}],"outputs":[{"shape":[-1,4]}]}`), true)
	f.Fuzz(func(t *testing.T, image, text []byte, files bool) {
		e := &encoder{}
		if json.Unmarshal(image, &e.image) != nil || json.Unmarshal(text, &e.text) != nil {
			return
		}
		spec := encoders.Spec{Name: "v", Input: encoders.InputPixels, Batch: 8}
		if files {
			spec.Input = encoders.InputFiles
		}
		if e.inspect(spec) == nil && (e.info.Dim < 1 || e.info.Dim > encoders.MaxDim || e.info.ImageSize < 0 || e.info.ImageSize > encoders.MaxSide || !files && e.info.ImageSize < 1) {
			t.Fatalf("%+v", e.info)
		}
	})
}
