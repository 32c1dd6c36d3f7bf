package runtimes_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	onnx "github.com/yalue/onnxruntime_go"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/encoders/runtimes"
	"github.com/fastclip/fastclip/internal/testenv"
)

// BenchmarkThroughput embeds the same 256 tensors through an Encoder and through ONNX Runtime alone (a session bound to its tensors), one batch of each in
// turn, with one thread. "of-ort" is the Encoder's throughput as a share of ONNX Runtime's: 1 means no loss.
func BenchmarkThroughput(b *testing.B) {
	models := filepath.Join(testenv.Root(b), "testdata", "models")
	lib, err := ort.Open(testenv.Library(b, "onnxruntime"))
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, lib.Close()) }) // runs after everything borrowed from lib is closed
	env := encoders.Env{Models: os.DirFS(models), ORT: func() (*ort.Library, error) { return lib, nil }}
	enc, err := runtimes.Open(b.Context(), encoders.Spec{Name: "x"}.WithDefaults(), env)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, enc.Close()) })

	const batch, batches, side = 32, 8, 224
	px := encoders.Pixels{N: batch, Size: side, Data: make([]float32, batch*3*side*side)}
	for i := range px.Data {
		px.Data[i] = float32(i%511)/255 - 1
	}
	alone := newAlone(b, filepath.Join(models, "mini", "image.onnx"), px)
	var ours, theirs time.Duration
	for b.Loop() {
		for range batches {
			start := time.Now()
			_, err := enc.EncodeImages(b.Context(), px)
			require.NoError(b, err)
			middle := time.Now()
			require.NoError(b, alone.Run())
			ours, theirs = ours+middle.Sub(start), theirs+time.Since(middle)
		}
	}
	items := float64(b.N * batch * batches)
	b.ReportMetric(items/ours.Seconds(), "images/s")
	b.ReportMetric(items/theirs.Seconds(), "ort-images/s")
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "of-ort")
}

// newAlone is a session bound to its tensors, so that Run does nothing outside ONNX Runtime.
func newAlone(b *testing.B, file string, px encoders.Pixels) *onnx.AdvancedSession {
	in, err := onnx.NewTensor(onnx.NewShape(int64(px.N), 3, int64(px.Size), int64(px.Size)), px.Data)
	require.NoError(b, err)
	out, err := onnx.NewEmptyTensor[float32](onnx.NewShape(int64(px.N), 128))
	require.NoError(b, err)
	opt, err := onnx.NewSessionOptions()
	require.NoError(b, err)
	require.NoError(b, opt.SetIntraOpNumThreads(1))
	require.NoError(b, opt.SetInterOpNumThreads(1))
	s, err := onnx.NewAdvancedSession(file, []string{"pixel_values"}, []string{"image_embeds"}, []onnx.Value{in}, []onnx.Value{out}, opt)
	require.NoError(b, err)
	b.Cleanup(func() {
		require.NoError(b, s.Destroy())
		require.NoError(b, in.Destroy())
		require.NoError(b, out.Destroy())
		require.NoError(b, opt.Destroy())
	})
	return s
}
