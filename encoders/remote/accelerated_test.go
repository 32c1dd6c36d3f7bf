package remote

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/encoders"
)

// TestKeysNameProvidersLibraries: results on another cuDNN have another key. Keys of results on a CPU stay as they were before keys named libraries.
func TestKeysNameProvidersLibraries(t *testing.T) {
	keys := map[string]bool{}
	for _, libraries := range []string{"", "cudart 12.8.90, cudnn 9.10.2", "cudart 12.8.90, cudnn 9.11.0"} {
		e := &encoder{info: encoders.Info{RuntimeVersion: "2.9", Accelerators: libraries}}
		e.identify(encoders.Spec{Image: "m", Text: "m", Provider: "cuda", Precision: "fp16", Threads: 1, Batch: 8}, "a", "b", "torch")
		keys[e.info.ImageKey], keys[e.info.TextKey] = true, true
		if libraries == "" {
			assert.Equal(t, "image/a/m/torch 2.9/cuda/fp16/threads 1/batch 8/", e.info.ImageKey)
		}
	}
	assert.Len(t, keys, 6)
}
