package runtimes_test

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/blocks"
	"github.com/fastclip/fastclip/encoders/onnxfile/onnxtest"
	looking "github.com/fastclip/fastclip/encoders/remote"
	"github.com/fastclip/fastclip/encoders/runtimes"
	"github.com/fastclip/fastclip/internal/testenv"
)

// opened opens a Python runtime. It skips the test if the packages are not in uv's cache.
func opened(t *testing.T, spec encoders.Spec, env encoders.Env) encoders.Encoder {
	if script := encoders.PythonScript(spec.Runtime); script != "" && os.Getenv("FASTCLIP_PYTHON") == "" {
		path := filepath.Join(testenv.Root(t), "encoders", "adapters", script)
		if exec.Command(testenv.UV(t), "run", "--offline", "--quiet", "--script", path, "--help").Run() != nil {
			t.Skipf("fetch its packages with: fastclip models fetch %s", spec.Runtime)
		}
	}
	enc, err := runtimes.Open(t.Context(), spec, env)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, enc.Close()) })
	return enc
}

// same compares two encoders on pictures of noise and on texts, both full-length and short.
func same(t *testing.T, a, b encoders.Encoder, limit float64) {
	side := a.Info().ImageSize
	px := encoders.Pixels{N: 3, Size: side, Data: make([]float32, 3*3*side*side)}
	for i := range px.Data {
		px.Data[i] = float32(i*7919%4099)/1024 - 2
	}
	x, err := a.EncodeImages(t.Context(), px)
	require.NoError(t, err)
	y, err := b.EncodeImages(t.Context(), px)
	require.NoError(t, err)
	assert.InDelta(t, 0, meanAbs(x.Data, y.Data), limit, "images")
	for _, long := range []int{8, 77} {
		tk := encoders.Tokens{N: 2, Len: long, IDs: make([]int64, 2*long)}
		copy(tk.IDs, []int64{49406, 320, 1125, 539, 320, 1929, encoders.EOT})
		copy(tk.IDs[long:], []int64{49406, encoders.EOT})
		x, err := a.EncodeTexts(t.Context(), tk)
		require.NoError(t, err)
		y, err := b.EncodeTexts(t.Context(), tk)
		require.NoError(t, err)
		assert.InDelta(t, 0, meanAbs(x.Data, y.Data), limit, "texts of %d", long)
	}
}

// TestPythonRuntimes: every Python runtime for ONNX files gives the same results for mini.
func TestPythonRuntimes(t *testing.T) {
	env := library(t)
	for name, spec := range map[string]encoders.Spec{
		"onnxruntime_python":   {},
		"onnxruntime_openvino": {Provider: "openvino"},
		"deepsparse":           {Batch: 4},
	} {
		t.Run(name, func(t *testing.T) {
			spec.Name, spec.Runtime = "x", name
			enc := opened(t, spec, env)
			assert.NotEmpty(t, enc.Info().RuntimeVersion)
			same(t, enc, opened(t, encoders.Spec{Name: "x"}, env), 9e-6)
		})
	}
}

// TestExported: a model made by `fastclip models export` gives the same results in PyTorch, with both libraries, and in ONNX Runtime. FASTCLIP_EXPORTED names
// it.
func TestExported(t *testing.T) {
	dir := os.Getenv("FASTCLIP_EXPORTED")
	if dir == "" {
		t.Skip("set FASTCLIP_EXPORTED to the folder of an exported model")
	}
	env := library(t)
	for _, runtime := range []string{"transformers", "open_clip"} {
		t.Run(runtime, func(t *testing.T) {
			same(t, opened(t, encoders.Spec{Name: "x", Model: dir, Runtime: runtime, Threads: 2}, env), opened(t, encoders.Spec{Name: "x", Model: dir, Threads: 2}, env), 9e-6)
		})
	}
}

// TestMiniInOpenClip: mini's weights in open_clip's format, written by its recipe, give the same results as mini in ONNX Runtime. open_clip and PyTorch take
// gigabytes, so it runs only if FASTCLIP_TORCH is set.
func TestMiniInOpenClip(t *testing.T) {
	if os.Getenv("FASTCLIP_TORCH") == "" {
		t.Skip("set FASTCLIP_TORCH=1 to fetch PyTorch and open_clip and compare with them")
	}
	env, root, dir := library(t), testenv.Root(t), t.TempDir()
	recipe := filepath.Join(root, "testdata", "recipes", "mini_export.py")
	out, err := exec.Command(testenv.UV(t), "run", "--quiet", "--script", recipe, "--from", filepath.Join(root, "testdata", "models", "mini"), "--open-clip", dir).CombinedOutput()
	require.NoError(t, err, string(out))
	clip := opened(t, encoders.Spec{Name: "x", Model: dir, Runtime: "open_clip"}, env)
	same(t, clip, opened(t, encoders.Spec{Name: "x"}, env), 9e-6)

	t.Run("layers", func(t *testing.T) {
		bad := filepath.Join(t.TempDir(), "bad")
		require.NoError(t, os.CopyFS(bad, os.DirFS(dir)))
		scaleTensor(t, filepath.Join(bad, "open_clip_model.safetensors"), "visual.transformer.resblocks.1.mlp.c_fc.weight", 1.02)
		scaleTensor(t, filepath.Join(bad, "open_clip_model.safetensors"), "text_projection", 1.02)
		r := layers(t, clip, opened(t, encoders.Spec{Name: "x", Model: bad, Runtime: "open_clip"}, env))
		require.NotNil(t, r[0].Found)
		assert.Equal(t, "visual.transformer.resblocks.1", r[0].Blocks[r[0].Found.Block].Name)
		assert.Equal(t, blocks.LooksWeights, r[0].Found.Looks)
		assert.Contains(t, r[0].Found.Why, "mlp.c_fc.weight: 1.02 times")
		require.NotNil(t, r[1].Found)
		assert.Equal(t, "behind ln_final", r[1].Blocks[r[1].Found.Block].Name)

		hf := opened(t, encoders.Spec{Name: "x", Model: dir, Runtime: "transformers"}, env)
		for i, r := range layers(t, clip, hf) { // matched by the numbers of blocks
			assert.Nil(t, r.Found)
			assert.Equal(t, []int{4, 2}[i], r.Matched.Place)
		}
		half := opened(t, encoders.Spec{Name: "x", Model: dir, Runtime: "transformers", Precision: "autocast"}, env)
		quantized := opened(t, encoders.Spec{Name: "x", Model: dir, Runtime: "torch_quantized", Precision: "int8"}, env)
		for _, enc := range []encoders.Encoder{half, quantized} {
			for _, r := range layers(t, hf, enc) {
				assert.Nil(t, r.Found, "low precision is no fault")
				assert.NotEqual(t, "fp32", r.Least)
			}
		}
		compiled := opened(t, encoders.Spec{Name: "x", Model: dir, Runtime: "torch_compile"}, env)
		l, ok := encoders.As[looking.Looked](compiled)
		require.True(t, ok)
		_, err := looking.ImageStack(t.Context(), l, nil)
		assert.ErrorContains(t, err, "this adapter offers no layers")
	})
}

// scaleTensor multiplies an fp32 tensor in a safetensors file.
func scaleTensor(t *testing.T, path, name string, by float32) {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	n := binary.LittleEndian.Uint64(data)
	var head map[string]struct {
		Dtype   string    `json:"dtype"`
		Offsets [2]uint64 `json:"data_offsets"`
	}
	require.NoError(t, json.Unmarshal(data[8:8+n], &head))
	require.Equal(t, "F32", head[name].Dtype)
	for i := 8 + n + head[name].Offsets[0]; i < 8+n+head[name].Offsets[1]; i += 4 {
		v := math.Float32frombits(binary.LittleEndian.Uint32(data[i:])) * by
		binary.LittleEndian.PutUint32(data[i:], math.Float32bits(v))
	}
	require.NoError(t, os.WriteFile(path, data, 0o600))
}

// TestNoGPU: on Linux without a GPU device, the error comes before PyTorch is imported.
func TestNoGPU(t *testing.T) {
	if os.Getenv("FASTCLIP_TORCH") == "" {
		t.Skip("set FASTCLIP_TORCH=1 where PyTorch's packages are in uv's cache")
	}
	for _, pattern := range []string{"/dev/nvidia*", "/dev/nvhost*", "/dev/nvgpu*", "/dev/dxg", "/dev/kfd"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 || runtime.GOOS != "linux" {
			t.Skip("this machine may have a GPU")
		}
	}
	for _, name := range []string{"torch", "transformers", "open_clip", "torch_compile"} {
		script := filepath.Join(testenv.Root(t), "encoders", "adapters", encoders.PythonScript(name))
		out, err := exec.Command(testenv.UV(t), "run", "--offline", "--quiet", "--script", script, "--model", "none", "--provider", "cuda").CombinedOutput()
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit, name)
		assert.Equal(t, 3, exit.ExitCode(), "%s: %s", name, out)
		assert.Contains(t, string(out), "this machine has no GPU", name)
	}
}

// TestPythonTakesCLIPAlone: adapters can feed only CLIP's ids and masks, so a model with another tokenizer is refused.
func TestPythonTakesCLIPAlone(t *testing.T) {
	dir := modelOf(t, map[string][]byte{"image.onnx": nil, "text.onnx": nil, "vocab.txt": []byte("[PAD]"), "tokenizer_config.json": []byte(`{"tokenizer_class": "BertTokenizer"}`)})
	for _, runtime := range []string{"onnxruntime_python", "deepsparse"} {
		_, err := runtimes.Open(t.Context(), encoders.Spec{Name: "x", Model: dir, Runtime: runtime}, encoders.Env{})
		assert.ErrorContains(t, err, "supports only CLIP's tokenizer, but vocab.txt belongs to another")
	}
}

// TestPythonTowers: a tower that an adapter would feed wrongly is refused before the adapter starts. For the others, files are checked against graphs as in
// ONNX Runtime.
func TestPythonTowers(t *testing.T) {
	env := library(t)
	image, text := onnxtest.Image(side, dim), onnxtest.Text(dim)
	for name, c := range map[string]struct {
		image, text []byte
		want        string
	}{
		"nhwc":   {onnxtest.ImageLast(side, dim), text, "want float pixels [N,3,S,S]"},
		"bytes":  {onnxtest.ImageBytes(side, dim), text, "want float pixels [N,3,S,S]"},
		"types":  {image, onnxtest.TextTyped(dim), "want ids [N,L] and at most an attention_mask"},
		"hidden": {image, onnxtest.TextHidden(dim), "want text_embeds [N,D], or only one output of that shape"},
		"merged": {onnxtest.Merged(side, dim), text, "want float pixels [N,3,S,S]"},
	} {
		_, err := runtimes.Open(t.Context(), encoders.Spec{Name: "x", Runtime: "onnxruntime_python", Model: modelOf(t, map[string][]byte{"image.onnx": c.image, "text.onnx": c.text})}, env)
		assert.ErrorContains(t, err, "runtime onnxruntime_python: model ", name)
		assert.ErrorContains(t, err, c.want, name)
	}
	dir := modelOf(t, map[string][]byte{"image.onnx": image, "text.onnx": onnxtest.TextPositions(dim, 64), "config.json": []byte(`{"model_type": "clip", "projection_dim": 99, "vision_config": {"image_size": 16}}`)})
	info := opened(t, encoders.Spec{Name: "x", Runtime: "onnxruntime_python", Model: dir, Precision: "fp16"}, env).Info()
	assert.Equal(t, 64, info.Inputs.Context)
	assert.Equal(t, []string{
		"config.json says rows of 77 ids, but the text tower has rows of 64 ids", "config.json says embeddings of 99 values, but the image tower has embeddings of 8 values",
		"precision fp16 does not fit the image tower, whose weights are fp32: set precision: fp32, or mixed if the towers differ",
		"precision fp16 does not fit the text tower, whose weights are fp32: set precision: fp32, or mixed if the towers differ",
	}, info.Faults)
}
