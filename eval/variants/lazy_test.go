package variants

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/testenv"
)

// TestLazyExchanged: a model that is another one when it is opened again is refused.
func TestLazyExchanged(t *testing.T) {
	testenv.Library(t, "onnxruntime")
	models := os.DirFS(filepath.Join(testenv.Root(t), "testdata", "models"))
	o := NewOpener(encoders.Env{Models: models}, "")
	t.Cleanup(func() { assert.NoError(t, o.Close()) })
	v := o.Open(t.Context(), encoders.Spec{Name: "ref"}.WithDefaults(), 77)
	require.True(t, v.OK(), v.Reason)
	require.NoError(t, v.Lazy.Close())
	v.Lazy.info.ImageKey = "of other bytes"
	_, err := v.Lazy.Open(t.Context())
	assert.ErrorContains(t, err, "not the one that was opened at the start of the run")
}

// TestOpenedLater: encoders are opened by their first call, and are what opening them at once finds. One whose files
// look right but cannot be loaded fails then.
func TestOpenedLater(t *testing.T) {
	testenv.Library(t, "onnxruntime")
	models := os.DirFS(filepath.Join(testenv.Root(t), "testdata", "models"))
	dir := filepath.Join(t.TempDir(), "model")
	sub := os.DirFS(filepath.Join(testenv.Root(t), "testdata", "models", "mini"))
	require.NoError(t, os.CopyFS(dir, sub))
	data, err := os.ReadFile(filepath.Join(dir, "image.fp16.onnx"))
	require.NoError(t, err)
	odd := bytes.ReplaceAll(data, []byte("\x22\x06Conv"), []byte("\x22\x06Conw"))
	odd = bytes.ReplaceAll(odd, []byte("\x22\x04Conv"), []byte("\x22\x04Conw"))
	require.NotEqual(t, data, odd)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "image.fp16.onnx"), odd, 0o600))
	for name, c := range map[string]struct {
		spec encoders.Spec
		want string
	}{
		"built in": {encoders.Spec{Name: "ref", Trim: true}, ""},
		"folder":   {encoders.Spec{Name: "ref", Model: dir}, ""},
		"refused":  {encoders.Spec{Name: "ref", Model: dir, Image: "image.fp16.onnx", Text: "text.fp16.onnx", Precision: "fp16"}, "image.fp16.onnx: create onnx session"},
	} {
		o := NewOpener(encoders.Env{Models: models}, "")
		now := o.Open(t.Context(), c.spec.WithDefaults(), 77)
		require.NoError(t, o.Close())
		kept, err := cache.Open(t.TempDir(), false)
		require.NoError(t, err)
		o = NewOpener(encoders.Env{Models: models, Kept: Facts{cache.Scope{Cache: kept}}}, "")
		o.Later = true
		v := o.Open(t.Context(), c.spec.WithDefaults(), 77)
		require.True(t, v.OK(), name)
		assert.Nil(t, v.Lazy.Unwrap(), name)
		side := v.Info.ImageSize
		_, err = v.Lazy.EncodeImages(t.Context(), encoders.Pixels{N: 1, Size: side, Data: make([]float32, 3*side*side)})
		if c.want == "" {
			require.NoError(t, err, name)
			assert.NotNil(t, v.Lazy.Unwrap(), name)
			assert.Equal(t, now.Info, v.Info, name)
		} else {
			assert.ErrorContains(t, err, c.want)
			assert.Contains(t, now.Reason, c.want)
		}
		assert.Equal(t, c.want != "", o.Failed(), name)
		require.NoError(t, o.Close())
		kept.Close() // it writes in the background
	}
}

// TestReadyConcurrently: a call that waits for its encoder to open has all of its time after that, and still ends with the run.
func TestReadyConcurrently(t *testing.T) {
	e := &Lazy{enc: &doctored{}, env: encoders.Env{Timeout: time.Hour}}
	for _, stopped := range []bool{false, true} {
		run, stop := context.WithCancel(t.Context())
		call, cancel := context.WithTimeout(run, time.Millisecond)
		if stopped { // the run ends before the call's time does
			cancel()
			call, cancel = context.WithTimeout(run, time.Hour)
		}
		e.mu.Lock()
		go func() {
			defer e.mu.Unlock()
			time.Sleep(5 * time.Millisecond)
			if stopped {
				stop()
			} else {
				<-call.Done()
			}
		}()
		_, anew, done, err := e.ready(call)
		require.NoError(t, err)
		if stopped {
			<-anew.Done()
			assert.ErrorIs(t, anew.Err(), context.Canceled)
		} else {
			assert.NoError(t, anew.Err())
		}
		done()
		cancel()
		stop()
	}
}
