package runtimes_test

import (
	"context"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/blocks"
	"github.com/fastclip/fastclip/encoders/encoderstest"
	"github.com/fastclip/fastclip/encoders/oip/oiptest"
	"github.com/fastclip/fastclip/encoders/ort"
	looking "github.com/fastclip/fastclip/encoders/remote"
	"github.com/fastclip/fastclip/encoders/runtimes"
	"github.com/fastclip/fastclip/internal/machine"
	"github.com/fastclip/fastclip/internal/python"
	"github.com/fastclip/fastclip/internal/testenv"
)

// remote opens a variant on a test server.
func remote(t *testing.T, s oiptest.Server, change func(*encoders.Spec)) (encoders.Encoder, error) {
	server := s.Start()
	t.Cleanup(server.Close)
	spec := encoders.Spec{Name: "x", Runtime: "oip", URL: server.URL}
	spec.Deadlines.Start = 200 * time.Millisecond
	if change != nil {
		change(&spec)
	}
	return runtimes.Open(t.Context(), spec, encoders.Env{})
}

func TestRemoteConformance(t *testing.T) {
	for name, s := range map[string]oiptest.Server{
		"json": {}, "binary": {Binary: true}, "mask and int32": {Binary: true, Mask: true}, "files": {Binary: true, Files: true}, "files in json": {Files: true},
		"batches of 3": {Binary: true, MaxBatch: 3}, "fixed": {Binary: true, Mask: true, Batch: 3, Length: 80}, "fixed files": {Files: true, Batch: 5},
	} {
		t.Run(name, func(t *testing.T) {
			encoderstest.Run(t, func(t *testing.T) encoders.Encoder {
				enc, err := remote(t, s, func(spec *encoders.Spec) {
					if s.Files {
						spec.Input = encoders.InputFiles
					}
				})
				require.NoError(t, err)
				return enc
			}, encoderstest.Options{})
		})
	}
}

// TestRemoteJSONIsBinary: JSON and bytes carry the same numbers.
func TestRemoteJSONIsBinary(t *testing.T) {
	px := encoders.Pixels{N: 2, Size: oiptest.Side, Data: make([]float32, 2*3*oiptest.Side*oiptest.Side)}
	for i := range px.Data {
		px.Data[i] = float32(i%97)/31 - 1.5
	}
	var got [2][]float32
	for i, s := range []oiptest.Server{{}, {Binary: true}} {
		enc, err := remote(t, s, nil)
		require.NoError(t, err)
		e, err := enc.EncodeImages(t.Context(), px)
		require.NoError(t, err)
		got[i] = e.Data
		require.NoError(t, enc.Close())
	}
	assert.Equal(t, got[0], got[1])
}

func TestRemoteFaults(t *testing.T) {
	for fault, want := range map[string]string{
		"error": "500 Internal Server Error: out of memory", "shape": "has shape [1 17], want [1 16]", "count": "want 64", "half": "unexpected EOF",
		"nan": "has NaN", "huge": "more than the", "not json": "not JSON of the protocol", "hang": "context deadline exceeded",
	} {
		t.Run(fault, func(t *testing.T) {
			enc, err := remote(t, oiptest.Server{Binary: true, Fault: fault}, nil)
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			_, err = enc.EncodeTexts(ctx, encoders.Tokens{N: 1, Len: 3, IDs: []int64{49406, 320, encoders.EOT}})
			assert.ErrorContains(t, err, want)
			assert.NoError(t, enc.Close())
		})
	}
}

// TestRemoteServerTime: compute time is separated from transfer time, however the server reports it.
func TestRemoteServerTime(t *testing.T) {
	for clock, ok := range map[string]bool{"answer": true, "triton": true, "mlserver": true, "": false} {
		t.Run(clock, func(t *testing.T) {
			server := oiptest.Server{Binary: true, Clock: clock}.Start()
			defer server.Close()
			spec := encoders.Spec{Name: "x", Runtime: "oip", URL: server.URL, Batch: 2}
			if clock == "mlserver" {
				spec.Options = map[string]string{"metrics": server.URL + "/metrics"}
			}
			enc, err := runtimes.Open(t.Context(), spec, encoders.Env{})
			require.NoError(t, err)
			defer enc.Close()
			watch, is := encoders.As[encoders.ServerClock](enc)
			require.True(t, is)
			_, err = enc.EncodeImages(t.Context(), encoders.Pixels{N: 5, Size: oiptest.Side, Data: make([]float32, 5*3*oiptest.Side*oiptest.Side)})
			require.NoError(t, err)
			_, err = enc.EncodeTexts(t.Context(), encoders.Tokens{N: 1, Len: 2, IDs: []int64{1, encoders.EOT}})
			require.NoError(t, err)
			image, text, said := watch.ServerTime(t.Context())
			assert.Equal(t, ok, said)
			if ok {
				assert.Equal(t, []time.Duration{3 * oiptest.CallNS, oiptest.CallNS}, []time.Duration{image, text}, "three calls, and one")
			}
		})
	}
}

// TestRemoteDeadlines: a silent server takes no longer than the deadlines allow.
func TestRemoteDeadlines(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close() // accepts connections but never answers
	spec := encoders.Spec{Name: "x", Runtime: "oip", URL: "http://" + l.Addr().String()}
	_, err = runtimes.Open(t.Context(), spec, encoders.Env{Timeout: 100 * time.Millisecond})
	assert.ErrorIs(t, err, machine.ErrUnavailable)
	assert.ErrorContains(t, err, "no usable answer within 100ms (deadline start)")
	spec.Deadlines.Start = 150 * time.Millisecond
	_, err = runtimes.Open(t.Context(), spec, encoders.Env{Timeout: time.Hour})
	assert.ErrorContains(t, err, "no usable answer within 150ms (deadline start)")

	for name, x := range map[string]struct {
		d    python.Deadlines
		want string
	}{
		"no_progress": {python.Deadlines{NoProgress: 100 * time.Millisecond}, "no answer within 100ms (deadline no_progress)"},
		"wall":        {python.Deadlines{Wall: 100 * time.Millisecond}, "the time for all calls to the server is used up (deadline wall)"},
	} {
		enc, err := remote(t, oiptest.Server{Fault: "hang"}, func(s *encoders.Spec) { s.Deadlines.NoProgress, s.Deadlines.Wall = x.d.NoProgress, x.d.Wall })
		require.NoError(t, err, name)
		_, err = enc.EncodeTexts(t.Context(), encoders.Tokens{N: 1, Len: 3, IDs: []int64{49406, 320, encoders.EOT}})
		assert.ErrorIs(t, err, context.DeadlineExceeded, name)
		assert.ErrorContains(t, err, x.want)
		require.NoError(t, enc.Close())
	}
}

func TestRemoteOpen(t *testing.T) {
	t.Setenv("TEST_TOKEN", "Bearer secret")
	for name, x := range map[string]struct {
		server oiptest.Server
		change func(*encoders.Spec)
		want   string
	}{
		"no url":       {oiptest.Server{}, func(s *encoders.Spec) { s.URL = "" }, "needs a url"},
		"no such url":  {oiptest.Server{}, func(s *encoders.Spec) { s.URL = "ftp://x" }, "want a URL such as"},
		"nobody there": {oiptest.Server{}, func(s *encoders.Spec) { s.URL = "http://127.0.0.1:1" }, "unavailable: "},
		"no model":     {oiptest.Server{}, func(s *encoders.Spec) { s.Image = "gone" }, "404 Not Found: no model gone"},
		"no such key":  {oiptest.Server{}, func(s *encoders.Spec) { s.Options = map[string]string{"header:X": "$FASTCLIP_TEST_NOT_SET"} }, "option header:X: the environment variable FASTCLIP_TEST_NOT_SET"},
		"no token":     {oiptest.Server{Token: "secret"}, nil, "401 Unauthorized: who are you?"},
		"token":        {oiptest.Server{Token: "secret"}, func(s *encoders.Spec) { s.Options = map[string]string{"header:Authorization": "$TEST_TOKEN"} }, ""},
		"files":        {oiptest.Server{Files: true}, nil, "want one FP32 [N,3,S,S], or one BYTES and input: files"},
		"no files":     {oiptest.Server{}, func(s *encoders.Spec) { s.Input = "files" }, "want one BYTES [N] or [N,1]"},
		"input":        {oiptest.Server{}, func(s *encoders.Spec) { s.Input = "file" }, `input "file": want pixels or files`},
		"no size":      {oiptest.Server{Fault: "dynamic"}, nil, "does not say its dim"},
		"size":         {oiptest.Server{Fault: "dynamic"}, func(s *encoders.Spec) { s.Options = map[string]string{"dim": "16"} }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			enc, err := remote(t, x.server, x.change)
			if x.want == "" {
				require.NoError(t, err)
				assert.NotContains(t, enc.Info().ImageKey, "secret")
				require.NoError(t, enc.Close())
				return
			}
			assert.ErrorContains(t, err, x.want)
		})
	}
}

// torchEnv has the built-in models and ONNX Runtime. It skips the test if the adapter's packages are neither in FASTCLIP_PYTHON nor in uv's cache.
func torchEnv(t *testing.T) encoders.Env {
	root := testenv.Root(t)
	if python := os.Getenv("FASTCLIP_PYTHON"); python == "" {
		script := filepath.Join(root, "encoders", "adapters", "torch_mini.py")
		if err := exec.Command(testenv.UV(t), "run", "--offline", "--quiet", "--script", script, "--help").Run(); err != nil {
			t.Skip("no torch in uv's cache, and no FASTCLIP_PYTHON that has it")
		}
	}
	return library(t)
}

// TestTorch: mini in PyTorch passes the conformance test, and equals mini in ONNX Runtime to 9e-6.
func TestTorch(t *testing.T) {
	env := torchEnv(t)
	open := func(t *testing.T, runtime string) encoders.Encoder {
		enc, err := runtimes.Open(t.Context(), encoders.Spec{Name: "x", Runtime: runtime}, env)
		require.NoError(t, err)
		return enc
	}
	torch, onnx := open(t, "torch"), open(t, "onnxruntime")
	t.Cleanup(func() { assert.NoError(t, torch.Close()); assert.NoError(t, onnx.Close()) })
	encoderstest.Run(t, func(t *testing.T) encoders.Encoder { return &kept{Encoder: torch} }, encoderstest.Options{BatchTolerance: 1e-5})

	px := encoders.Pixels{N: 4, Size: 224, Data: make([]float32, 4*3*224*224)}
	for i := range px.Data {
		px.Data[i] = float32(i*7919%4099)/1024 - 2
	}
	tk := encoders.Tokens{N: 3, Len: 77, IDs: make([]int64, 3*77)}
	copy(tk.IDs, []int64{49406, 320, 1125, 539, 320, 1929, encoders.EOT})
	copy(tk.IDs[77:], []int64{49406, encoders.EOT})
	for i := range 77 {
		tk.IDs[2*77+i] = []int64{49406, 537, 1929, 320}[i%4] // longer than the model's context
	}
	a, err := torch.EncodeImages(t.Context(), px)
	require.NoError(t, err)
	b, err := onnx.EncodeImages(t.Context(), px)
	require.NoError(t, err)
	assert.InDelta(t, 0, meanAbs(a.Data, b.Data), 9e-6)
	a, err = torch.EncodeTexts(t.Context(), tk)
	require.NoError(t, err)
	b, err = onnx.EncodeTexts(t.Context(), tk)
	require.NoError(t, err)
	assert.InDelta(t, 0, meanAbs(a.Data, b.Data), 9e-6)
	r := layers(t, onnx, torch)
	assert.Nil(t, r[0].Found)
	assert.Nil(t, r[1].Found)
	assert.GreaterOrEqual(t, r[0].Matched.Name, 6, "conv1 and ln_pre, four blocks, ln_post")
	assert.GreaterOrEqual(t, r[1].Matched.Name, 3)
	assert.Less(t, r[0].Final, 1e-5)
}

// layers compares the layers of both towers on a picture of noise and a text.
func layers(t *testing.T, ref, own encoders.Encoder) (out [2]blocks.Result) {
	t.Helper()
	side := ref.Info().ImageSize
	px := encoders.Pixels{N: 1, Size: side, Data: make([]float32, 3*side*side)}
	for i := range px.Data {
		px.Data[i] = float32(i*7919%4099)/1024 - 2
	}
	tk := encoders.Tokens{N: 1, Len: 8, IDs: []int64{49406, 320, 1125, 539, 320, 1929, encoders.EOT, 0}}
	for i := range out {
		var stacks [2]blocks.Stack
		for k, enc := range []encoders.Encoder{ref, own} {
			var err error
			if in, ok := encoders.As[encoders.Inside](enc); ok {
				tower, wrong := in.ImageTower(px)
				if i == 1 {
					tower, wrong = in.TextTower(tk)
				}
				require.NoError(t, wrong)
				stacks[k], err = blocks.NewStack(tower, []map[string]ort.Tensor{tower.Inputs})
			} else {
				l, ok := encoders.As[looking.Looked](enc)
				require.True(t, ok)
				if i == 0 {
					stacks[k], err = looking.ImageStack(t.Context(), l, []encoders.Pixels{px})
				} else {
					stacks[k], err = looking.TextStack(t.Context(), l, []encoders.Tokens{tk})
				}
			}
			require.NoError(t, err)
			defer func() { assert.NoError(t, stacks[k].Close()) }()
		}
		var err error
		out[i], err = blocks.CompareStacks(t.Context(), stacks[0], stacks[1], 1, blocks.Work{})
		require.NoError(t, err)
	}
	return out
}

// TestNoLayers: a server without layers to inspect gives a clear error.
func TestNoLayers(t *testing.T) {
	enc, err := remote(t, oiptest.Server{Binary: true}, nil)
	require.NoError(t, err)
	defer enc.Close()
	l, ok := encoders.As[looking.Looked](enc)
	require.True(t, ok)
	_, err = looking.ImageStack(t.Context(), l, nil)
	assert.ErrorIs(t, err, looking.ErrNoLayers)
	assert.ErrorContains(t, err, "this server offers no layers")
}

// kept stays open after the checks, because starting torch takes seconds.
type kept struct{ encoders.Encoder }

func (*kept) Close() error { return nil }

func TestTorchUnavailable(t *testing.T) {
	models := os.DirFS(filepath.Join(testenv.Root(t), "testdata", "models"))
	for name, x := range map[string]struct {
		env, value, provider, want string
	}{
		"no uv":      {"FASTCLIP_UV", filepath.Join(t.TempDir(), "gone"), "cpu", "FASTCLIP_UV"},
		"no python":  {"FASTCLIP_PYTHON", filepath.Join(t.TempDir(), "gone"), "cpu", "no such file"},
		"not python": {"FASTCLIP_PYTHON", "false", "cpu", "install into FASTCLIP_PYTHON those"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("FASTCLIP_PYTHON", "")
			t.Setenv("XDG_CACHE_HOME", t.TempDir())
			t.Setenv(x.env, x.value)
			_, err := runtimes.Open(t.Context(), encoders.Spec{Name: "x", Runtime: "torch", Provider: x.provider}, encoders.Env{Models: models})
			assert.ErrorIs(t, err, machine.ErrUnavailable)
			assert.ErrorContains(t, err, x.want)
		})
	}
	_, err := runtimes.Open(t.Context(), encoders.Spec{Name: "x", Runtime: "torch", Model: t.TempDir()}, encoders.Env{})
	assert.ErrorContains(t, err, "has no file model.safetensors")
}

func meanAbs(a, b []float32) float64 {
	var sum float64
	for i := range a {
		sum += math.Abs(float64(a[i]) - float64(b[i]))
	}
	return sum / float64(len(a))
}
