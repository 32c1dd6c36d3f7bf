package ort_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/testenv"
)

func open(t *testing.T) *ort.Library {
	lib, err := ort.Open(testenv.Library(t, "onnxruntime"))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, lib.Close()) })
	return lib
}

// mini's image tower, profiled on a provider.
func profiled(t *testing.T, lib *ort.Library, opt ort.Options) (ort.Profile, error) {
	m := ort.Model{Path: filepath.Join(testenv.Root(t), "testdata", "models", "mini", "image.onnx")}
	return lib.Profile(m, ort.Output{}, opt, func(s *ort.Session) error {
		in := ort.Tensor{Float32: make([]float32, 3*224*224), Shape: []int64{1, 3, 224, 224}}
		dst := make([]float32, 128)
		for range 3 {
			if err := s.Run(t.Context(), []ort.Tensor{in}, dst, 1, 128); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestProfile: the library of the wheel has the CPU and Azure's remote operators, which CLIP has
// none of: whoever asks for Azure is told that all ran on the CPU.
func TestProfile(t *testing.T) {
	lib := open(t)
	p, err := profiled(t, lib, ort.Options{})
	require.NoError(t, err)
	require.Len(t, p.Shares, 1)
	assert.Greater(t, p.Of("cpu").Nodes, 50)
	assert.Equal(t, []float64{1, 1}, []float64{p.Of("cpu").NodeShare, p.Of("cpu").TimeShare})
	assert.Empty(t, p.Verdict("cpu"))

	p, err = profiled(t, lib, ort.Options{Provider: "azure"})
	require.NoError(t, err)
	assert.Equal(t, "provider AZURE was requested, but 100 % of nodes ran on CPU (100 % of time)", p.Verdict("azure"))

	_, err = profiled(t, lib, ort.Options{Provider: "xnnpack"})
	assert.ErrorIs(t, err, machine.ErrUnavailable)
}

func TestProviders(t *testing.T) {
	has := map[string]string{}
	for _, p := range open(t).Providers() {
		has[p.Name] = p.Missing
	}
	assert.Empty(t, has["CPU"])
	assert.NotContains(t, has, "cpu")
	assert.Contains(t, has, "CUDA")
	assert.Contains(t, has, "TensorRT")
}

// TestPlugin: a provider of a plugin runs, and its profile says so. FASTCLIP_TEST_OPENVINO names
// libonnxruntime_providers_openvino_plugin.so of the onnxruntime-ep-openvino wheel (53 MB).
func TestPlugin(t *testing.T) {
	plugin := os.Getenv("FASTCLIP_TEST_OPENVINO")
	if plugin == "" {
		t.Skip("FASTCLIP_TEST_OPENVINO names no plugin (pip download --no-deps onnxruntime-ep-openvino==1.8.1)")
	}
	lib := open(t)
	settings := map[string]string{"provider_library": plugin}
	for range 2 { // it is registered once
		p, err := profiled(t, lib, ort.Options{Provider: "openvino", Settings: settings})
		require.NoError(t, err)
		assert.Equal(t, 1.0, p.Of("openvino").NodeShare)
		assert.Empty(t, p.Verdict("openvino"))
	}
	_, err := profiled(t, lib, ort.Options{Provider: "openvino", Settings: map[string]string{"provider_device": "9"}})
	assert.ErrorContains(t, err, "provider_device 9: it has")
}
