package variants

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/store"
)

// doctored is an encoder whose runtime says that its nodes ran where the test wants them.
type doctored struct {
	encoders.Encoder
	proof encoders.Proof
	asked int
}

func (d *doctored) Prove(context.Context) (encoders.Proof, error) { d.asked++; return d.proof, nil }

// doctor is a profile of 100 nodes, the first few of which ran on CUDA.
func doctor(t *testing.T, onCUDA int) ort.Profile {
	var events []any
	for range 2 {
		for i := range 100 {
			provider := "CPUExecutionProvider"
			if i < onCUDA {
				provider = "CUDAExecutionProvider"
			}
			events = append(events, map[string]any{"cat": "Node", "name": fmt.Sprintf("n%d_kernel_time", i), "dur": 10, "args": map[string]any{"provider": provider}})
		}
	}
	data, err := json.Marshal(events)
	require.NoError(t, err)
	p, err := ort.ParseProfile(data)
	require.NoError(t, err)
	return p
}

// A variant that asked for CUDA and ran on the CPU fails by name; the second time the cache knows.
func TestProofFails(t *testing.T) {
	cache, err := cache.Open(t.TempDir(), false)
	require.NoError(t, err)
	for _, c := range []struct {
		image, text int
		want        string
	}{
		{7, 90, "provider CUDA was requested, but 93 % of nodes ran on CPU (93 % of time) in the image tower"},
		{90, 7, "provider CUDA was requested, but 93 % of nodes ran on CPU (93 % of time) in the text tower"},
		{90, 60, ""},
	} {
		d := &doctored{proof: encoders.Proof{Provider: "CUDA", Image: doctor(t, c.image), Text: doctor(t, c.text)}}
		o := NewOpener(encoders.Env{})
		for range 2 {
			v := &Variant{Spec: encoders.Spec{Name: "x", Provider: "cuda"}, Enc: encoders.Batched(d, 8), Status: store.StatusOK, Info: encoders.Info{ImageKey: c.want}}
			if err := o.Prove(t.Context(), v, cache, time.Minute); err != nil {
				v.Fail(err)
			}
			assert.Equal(t, c.want, v.Reason)
			assert.Equal(t, c.want == "", v.OK())
			var row store.Variant
			require.NoError(t, v.ProvenOn(&row))
			assert.InDelta(t, float64(min(c.image, c.text))/100, *row.ProviderNodeShare, 1e-9)
			assert.Contains(t, *row.Providers, fmt.Sprintf(`{"provider":"CUDA","nodes":%d,`, c.image))
		}
		assert.Equal(t, 1, d.asked)
		require.NoError(t, o.Close())
	}
}
