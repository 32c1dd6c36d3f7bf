package runtimes_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/encoderstest"
	"github.com/fastclip/fastclip/encoders/onnxfile/onnxtest"
	"github.com/fastclip/fastclip/encoders/runtimes"
)

// The sizes of the towers in these tests.
const (
	side = 16
	dim  = 8
)

// modelOf writes a model's files to a folder.
func modelOf(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, data, 0o644))
	}
	return dir
}

// embedded returns a variant's embeddings of three pictures and three texts.
func embedded(t testing.TB, spec encoders.Spec, env encoders.Env) (info encoders.Info, images, texts []float32) {
	t.Helper()
	spec.Name = "x"
	enc, err := runtimes.Open(t.Context(), spec, env)
	require.NoError(t, err)
	defer enc.Close()
	px := encoders.Pixels{N: 3, Size: side, Data: make([]float32, 3*3*side*side)}
	for i := range px.Data {
		px.Data[i] = float32((i*7)%256) / 255
	}
	if enc.Info().Samples {
		for i, v := range px.Data {
			px.Data[i] = v * 255
		}
	}
	a, err := enc.EncodeImages(t.Context(), px)
	require.NoError(t, err)
	tk := encoders.Tokens{N: 3, Len: 5, IDs: []int64{9, 320, encoders.EOT, 0, 0, 9, encoders.EOT, 7, 7, 7, 9, 1, 2, 3, encoders.EOT}}
	b, err := enc.EncodeTexts(t.Context(), tk)
	if enc.Info().ImageOnly {
		require.ErrorIs(t, err, encoders.ErrNoText)
	} else {
		require.NoError(t, err)
	}
	return enc.Info(), a.Data, b.Data
}

// layoutCase is a folder as somebody's exporter makes it.
type layoutCase struct {
	files              map[string][]byte
	precision          string
	imageFile, textFie string
}

// layoutCases are by name; TestRowsOfTheTable asks for one of each row of docs/models.md.
func layoutCases() map[string]layoutCase {
	image, text, merged := onnxtest.Image(side, dim), onnxtest.Text(dim), onnxtest.Merged(side, dim)
	return map[string]layoutCase{
		"two towers":             {map[string][]byte{"image.onnx": image, "text.onnx": text}, "", "image.onnx", "text.onnx"},
		"two towers, fp16":       {map[string][]byte{"image.onnx": image, "text.onnx": text}, "fp16", "image.onnx", "text.onnx"},
		"immich":                 {map[string][]byte{"visual/model.onnx": image, "textual/model.onnx": text}, "", "visual/model.onnx", "textual/model.onnx"},
		"transformers.js":        {map[string][]byte{"onnx/vision_model.onnx": image, "onnx/text_model.onnx": text, "onnx/vision_model_fp16.onnx": nil}, "", "onnx/vision_model.onnx", "onnx/text_model.onnx"},
		"transformers.js, int8":  {map[string][]byte{"onnx/vision_model_quantized.onnx": image, "onnx/text_model_quantized.onnx": text}, "int8", "onnx/vision_model_quantized.onnx", "onnx/text_model_quantized.onnx"},
		"transformers.js, int8+": {map[string][]byte{"onnx/vision_model_int8.onnx": image, "onnx/text_model_int8.onnx": text, "onnx/vision_model_quantized.onnx": nil}, "int8", "onnx/vision_model_int8.onnx", "onnx/text_model_int8.onnx"},
		"transformers.js, q4f16": {map[string][]byte{"onnx/vision_model_q4f16.onnx": image, "onnx/text_model_q4f16.onnx": text}, "q4f16", "onnx/vision_model_q4f16.onnx", "onnx/text_model_q4f16.onnx"},
		"optimum":                {map[string][]byte{"vision_model.onnx": image, "text_model.onnx": text}, "", "vision_model.onnx", "text_model.onnx"},
		"optimum, folders":       {map[string][]byte{"vision_model/model.onnx": image, "text_model/model.onnx": text}, "", "vision_model/model.onnx", "text_model/model.onnx"},
		"open_clip":              {map[string][]byte{"visual.onnx": image, "textual.onnx": text}, "", "visual.onnx", "textual.onnx"},
		"merged":                 {map[string][]byte{"model.onnx": merged}, "", "model.onnx", "model.onnx"},
		"merged, optimum":        {map[string][]byte{"onnx/model.onnx": merged, "config.json": []byte(`{"model_type": "clip"}`)}, "", "onnx/model.onnx", "onnx/model.onnx"},
		"image tower alone":      {map[string][]byte{"image.onnx": image}, "", "image.onnx", ""},
		"vision model alone":     {map[string][]byte{"onnx/vision_model.onnx": image}, "", "onnx/vision_model.onnx", ""},
	}
}

// TestLayouts: a folder of each layout is read without a file named.
func TestLayouts(t *testing.T) {
	env := library(t)
	image, text := onnxtest.Image(side, dim), onnxtest.Text(dim)
	_, wantImages, wantTexts := embedded(t, encoders.Spec{Model: modelOf(t, map[string][]byte{"image.onnx": image, "text.onnx": text})}, env)
	for name, c := range layoutCases() {
		t.Run(name, func(t *testing.T) {
			info, images, texts := embedded(t, encoders.Spec{Model: modelOf(t, c.files), Precision: c.precision}, env)
			assert.Equal(t, []string{c.imageFile, c.textFie}, []string{info.ImageFile, info.TextFile})
			assert.Equal(t, c.textFie == "", info.ImageOnly)
			assert.InDeltaSlice(t, wantImages, images, 1e-5)
			if !info.ImageOnly {
				assert.InDeltaSlice(t, wantTexts, texts, 1e-5)
			}
		})
	}
	other := modelOf(t, map[string][]byte{"text.onnx": text})
	own := modelOf(t, map[string][]byte{"image.onnx": image})
	rel, err := filepath.Rel(own, other)
	require.NoError(t, err)
	_, images, texts := embedded(t, encoders.Spec{Model: own, Text: rel + "/text.onnx"}, env)
	assert.InDeltaSlice(t, wantImages, images, 1e-5, "towers of two folders")
	assert.InDeltaSlice(t, wantTexts, texts, 1e-5)
	_, err = runtimes.Open(t.Context(), encoders.Spec{Name: "x", Model: modelOf(t, map[string][]byte{"onnx/vision_model_q4.onnx": image, "onnx/text_model_q4.onnx": text})}, env)
	assert.ErrorContains(t, err, "onnx/vision_model_q4.onnx: say the precision")
}

// TestGraphs: what graphs of other exporters get as input, and how their outputs are read.
func TestGraphs(t *testing.T) {
	env := library(t)
	image, text := onnxtest.Image(side, dim), onnxtest.Text(dim)
	_, wantImages, wantTexts := embedded(t, encoders.Spec{Model: modelOf(t, map[string][]byte{"image.onnx": image, "text.onnx": text})}, env)
	for name, c := range map[string]struct {
		image, text []byte
		config      string
		options     map[string]string
		change      func(texts []float32) // turns the plain tower's result into the expected one
	}{
		"uint8 nhwc":   {onnxtest.ImageBytes(side, dim), text, "", nil, nil},
		"float nhwc":   {onnxtest.ImageLast(side, dim), text, "", nil, nil},
		"any size":     {onnxtest.ImageOpen(side, dim), text, `{"size": 16, "crop_size": 16}`, nil, nil},
		"hidden":       {onnxtest.ImageHidden(side, dim, 1), text, "", map[string]string{"image_pooling": "cls"}, nil},
		"hidden, open": {onnxtest.ImageHidden(side, dim, "tokens"), text, "", map[string]string{"image_pooling": "mean"}, nil},
		"mask, types, places": {image, onnxtest.TextTyped(dim), "", nil, func(v []float32) {
			for i, n := range []float32{3, 2, 5} { // the sum of the ids up to the end token, and of the positions 0+1+2+3+4
				v[i*dim] += n
				v[i*dim+2] += 10
			}
		}},
		"mean of tokens": {image, onnxtest.TextHidden(dim), "", map[string]string{"text_pooling": "mean"}, func(v []float32) {
			for i, n := range []float32{3, 2, 5} {
				for k := range dim {
					v[i*dim+k] /= n
				}
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string][]byte{"image.onnx": c.image, "text.onnx": c.text}
			if c.config != "" {
				files["preprocessor_config.json"] = []byte(c.config)
			}
			_, images, texts := embedded(t, encoders.Spec{Model: modelOf(t, files), Options: c.options}, env)
			want := append([]float32(nil), wantTexts...)
			if c.change != nil {
				c.change(want)
			}
			assert.InDeltaSlice(t, wantImages, images, 1e-4)
			assert.InDeltaSlice(t, want, texts, 1e-4)
			spec := encoders.Spec{Name: "x", Model: modelOf(t, files), Options: c.options}
			if name == "mask, types, places" || name == "mean of tokens" {
				return // only the mask shows which ids come after the end token
			}
			encoderstest.Run(t, func(t *testing.T) encoders.Encoder {
				enc, err := runtimes.Open(t.Context(), spec, env)
				require.NoError(t, err)
				return enc
			}, encoderstest.Options{BatchTolerance: 1e-5})
		})
	}
	for name, c := range map[string]struct {
		image, text []byte
		options     map[string]string
		want        string
	}{
		"no pooling":      {onnxtest.ImageHidden(side, dim, 1), text, nil, "one vector per token: choose how they become one vector with the option image_pooling: cls, mean, max, last, eos"},
		"unknown pooling": {image, onnxtest.TextHidden(dim), options("text_pooling", "sum"), "option text_pooling=sum: want one of cls"},
		"needless":        {image, text, options("text_pooling", "cls"), "one vector per item"},
		"size is open":    {onnxtest.ImageOpen(side, dim), text, nil, "does not fix the size of pictures"},
		"shapes beside":   {beside("spatial_shapes", onnxtest.Int64, "n", 2), text, nil, "image tower's inputs are"},
		"pixel mask":      {beside("pixel_attention_mask", onnxtest.Int64, "n", 4), text, nil, "image tower's inputs are"},
		"a mask of bools": {image, maskOf(9), nil, "text tower's inputs are"},
		"output of none":  {image, nil, options("text_output", "x"), "option text_output: it has only an image tower"},
		"pooling of none": {image, nil, options("text_pooling", "cls"), "option text_pooling: it has only an image tower"},
	} {
		files := map[string][]byte{"image.onnx": c.image, "text.onnx": c.text}
		if c.text == nil {
			delete(files, "text.onnx")
		}
		_, err := runtimes.Open(t.Context(), encoders.Spec{Name: "x", Model: modelOf(t, files), Options: c.options}, env)
		assert.ErrorContains(t, err, c.want, name)
	}
}

// beside is an image tower with one more input.
func beside(name string, kind int64, dims ...any) []byte {
	return new(onnxtest.Graph).In("pixel_values", onnxtest.Float32, "n", 3, side, side).Projected("pixel_values", side, dim, 1).Node("Identity", []string{"image_embeds"}, []string{"y"}).Out("y", onnxtest.Float32, "n", dim).In(name, kind, dims...).Bytes()
}

// maskOf is a text tower with a mask of some type.
func maskOf(kind int64) []byte {
	g := new(onnxtest.Graph).In("input_ids", onnxtest.Int64, "n", "l").In("attention_mask", kind, "n", "l")
	return g.Hidden("input_ids", dim).Summed().Out("text_embeds", onnxtest.Float32, "n", dim).Bytes()
}

// TestContextOfGraph: a table of positions and a fixed length bound a row of ids.
func TestContextOfGraph(t *testing.T) {
	env := library(t)
	enc, err := runtimes.Open(t.Context(), encoders.Spec{Name: "x", Model: modelOf(t, map[string][]byte{"image.onnx": onnxtest.Image(side, dim), "text.onnx": onnxtest.TextPositions(dim, 64)})}, env)
	require.NoError(t, err)
	defer enc.Close()
	for _, c := range []struct{ own, suite, want int }{{0, 0, 64}, {0, 77, 64}, {0, 32, 32}, {16, 77, 16}} {
		got, err := enc.Info().Context(c.own, c.suite)
		require.NoError(t, err)
		assert.Equal(t, c.want, got, "%+v", c)
	}
	_, err = enc.Info().Context(77, 0)
	assert.ErrorContains(t, err, "context 77: the model takes at most 64 ids")
}

// TestClaims: it is a fault if the folder contradicts the graphs.
func TestClaims(t *testing.T) {
	env := library(t)
	info, _, _ := embedded(t, encoders.Spec{Model: modelOf(t, map[string][]byte{
		"image.onnx": onnxtest.Image(side, dim), "text.onnx": onnxtest.Text(dim), "preprocessor_config.json": []byte(`{"size": 32, "crop_size": 32}`),
	})}, env)
	assert.Equal(t, []string{"preprocessor_config.json makes pictures of 32 pixels, the image tower takes 16"}, info.Faults)
	_, _, err := info.Pipeline(nil, "")
	assert.ErrorContains(t, err, "preprocessor_config.json makes pictures of 32 pixels, the image tower takes 16")
}

// TestClaimedActivation: quick_gelu in a config contradicts GELU in the graph.
func TestClaimedActivation(t *testing.T) {
	env := library(t)
	g := new(onnxtest.Graph).In("pixel_values", onnxtest.Float32, "n", 3, side, side).Projected("pixel_values", side, dim, 1)
	gelu := g.Node("Erf", []string{"image_embeds"}, []string{"erf"}).Node("Mul", []string{"image_embeds", "erf"}, []string{"out"}).Out("out", onnxtest.Float32, "n", dim).Bytes()
	for config, want := range map[string][]string{
		`{"model_cfg": {"quick_gelu": true}}`: {"open_clip_config.json says quickgelu, but the image tower's graph has gelu"}, `{"model_cfg": {"quick_gelu": false}}`: nil,
	} {
		config = config[:len(config)-1] + `, "preprocess_cfg": {"size": 16}}`
		info, _, _ := embedded(t, encoders.Spec{Model: modelOf(t, map[string][]byte{"image.onnx": gelu, "text.onnx": onnxtest.Text(dim), "open_clip_config.json": []byte(config)})}, env)
		assert.Equal(t, want, info.Faults)
	}
}

// TestFactsOfMerged: if one file has both towers, each is judged by its own part.
func TestFactsOfMerged(t *testing.T) {
	env := library(t)
	g := new(onnxtest.Graph).In("input_ids", onnxtest.Int64, "texts", "l").In("pixel_values", onnxtest.Float32, "images", 3, side, side)
	g.Projected("pixel_values", side, dim, 1).Node("Erf", []string{"image_embeds"}, []string{"erf"}).Node("Mul", []string{"image_embeds", "erf"}, []string{"images"}).
		Node("Identity", []string{"images"}, []string{"image_out"})
	merged := g.Hidden("input_ids", dim).Summed().Out("text_embeds", onnxtest.Float32, "texts", dim).Out("image_out", onnxtest.Float32, "images", dim).Bytes()
	for config, want := range map[string][]string{
		`{"hidden_act": "gelu"}`:       nil,
		`{"hidden_act": "quick_gelu"}`: {"config.json says quickgelu, but the image tower's graph has gelu"},
	} {
		files := map[string][]byte{"model.onnx": merged, "config.json": []byte(`{"model_type": "clip", "vision_config": ` + config + `, "text_config": {"hidden_act": "quick_gelu"}}`)}
		info, _, _ := embedded(t, encoders.Spec{Model: modelOf(t, files), Options: options("image_output", "image_out")}, env)
		assert.Equal(t, want, info.Faults, config)
	}
}

// TestSizeOfConfig: a tower that takes any size gets the size in config.json if no file describes the preprocessing.
func TestSizeOfConfig(t *testing.T) {
	info, _, _ := embedded(t, encoders.Spec{Model: modelOf(t, map[string][]byte{
		"image.onnx": onnxtest.ImageOpen(side, dim), "text.onnx": onnxtest.Text(dim), "config.json": []byte(`{"model_type": "clip", "vision_config": {"image_size": 16}}`),
	})}, library(t))
	assert.Equal(t, side, info.ImageSize)
	assert.Empty(t, info.Faults)
}

// half is a layer of sentence-transformers for vectors of dim values. It returns the second half of each, times two.
func half() map[string][]byte {
	var raw []byte
	for i := range dim / 2 {
		for k := range dim {
			v := float32(0)
			if k == i+dim/2 {
				v = 2
			}
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
		}
	}
	head := fmt.Sprintf(`{"linear.weight": {"dtype": "F32", "shape": [%d, %d], "data_offsets": [0, %d]}}`, dim/2, dim, len(raw))
	return map[string][]byte{
		"2_Dense/config.json":       fmt.Appendf(nil, `{"in_features": %d, "out_features": %d, "bias": false, "activation_function": "torch.nn.modules.linear.Identity"}`, dim, dim/2),
		"2_Dense/model.safetensors": append(binary.LittleEndian.AppendUint64(nil, uint64(len(head))), head+string(raw)...),
	}
}

// TestModules: modules of sentence-transformers after the pooling, or after a whole CLIP, are applied.
func TestModules(t *testing.T) {
	env := library(t)
	image, text := onnxtest.Image(side, dim), onnxtest.Text(dim)
	files := func(modules string, towers ...[]byte) map[string][]byte {
		all := half()
		all["modules.json"], all["image.onnx"], all["text.onnx"], all["1_Pooling/config.json"] = []byte(modules), towers[0], towers[1], []byte(`{"pooling_mode_mean_tokens": true}`)
		return all
	}
	halved := func(v []float32) (out []float32) {
		for i := 0; i < len(v); i += dim {
			for _, x := range v[i+dim/2 : i+dim] {
				out = append(out, 2*x)
			}
		}
		return out
	}
	_, images, texts := embedded(t, encoders.Spec{Model: modelOf(t, map[string][]byte{"image.onnx": image, "text.onnx": text})}, env)
	clip := `[{"path": "0_CLIPModel", "type": "sentence_transformers.models.CLIPModel"}, {"path": "2_Dense", "type": "sentence_transformers.models.Dense"}]`
	info, a, b := embedded(t, encoders.Spec{Model: modelOf(t, files(clip, image, text))}, env)
	assert.Equal(t, dim/2, info.Dim)
	assert.Empty(t, info.Faults)
	assert.InDeltaSlice(t, halved(images), a, 1e-5)
	assert.InDeltaSlice(t, halved(texts), b, 1e-4)
	assert.Contains(t, info.ImageKey, "/behind ")

	small := onnxtest.Image(side, dim/2) // the other tower has no such layer
	sentence := `[{"path": "", "type": "sentence_transformers.models.Transformer"}, {"path": "1_Pooling", "type": "x.Pooling"}, {"path": "2_Dense", "type": "x.Dense"}]`
	_, _, means := embedded(t, encoders.Spec{Model: modelOf(t, map[string][]byte{"image.onnx": image, "text.onnx": onnxtest.TextHidden(dim)}), Options: options("text_pooling", "mean")}, env)
	dir := modelOf(t, files(sentence, small, onnxtest.TextHidden(dim)))
	info, _, b = embedded(t, encoders.Spec{Model: dir}, env)
	assert.InDeltaSlice(t, halved(means), b, 1e-4)
	assert.NotContains(t, info.ImageKey, "/behind ")

	for want, c := range map[string]map[string][]byte{
		"it is unknown whether its output text_embeds includes them": files(sentence, small, text),
		"a module of type x.CNN is not known":                        files(strings.Replace(sentence, "x.Dense", "x.CNN", 1), small, onnxtest.TextHidden(dim)),
		"a layer after the image tower takes 8 values, but gets 4":   files(clip, small, text),
		"image embeddings have 8 values, text embeddings 4":          files(sentence, image, onnxtest.TextHidden(dim)),
	} {
		_, err := runtimes.Open(t.Context(), encoders.Spec{Name: "x", Model: modelOf(t, c)}, env)
		assert.ErrorContains(t, err, want)
	}
}
