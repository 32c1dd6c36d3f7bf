package variants

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/eval/suite"
	"github.com/fastclip/fastclip/internal/cache"
	"github.com/fastclip/fastclip/internal/progress"
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

// TestProvePostponed: proofs on the processor wait, unless they are known, until their variant is in memory. One that
// fails then fails its variant by name, and tells that the run is no result of its plan.
func TestProvePostponed(t *testing.T) {
	cache, err := cache.Open(t.TempDir(), false)
	require.NoError(t, err)
	o, said := NewOpener(encoders.Env{}), &strings.Builder{}
	variant := func(name, provider string, image int) (*Variant, *doctored) {
		d := &doctored{proof: encoders.Proof{Provider: "CUDA", Image: doctor(t, image)}}
		return &Variant{
			Spec: encoders.Spec{Name: name, Runtime: encoders.ONNXRuntime, Provider: provider}, Enc: d, Lazy: &Lazy{enc: d}, Status: store.StatusOK, Info: encoders.Info{ImageKey: name},
		}, d
	}
	good, asked := variant("good", "cpu", 90)
	bad, _ := variant("bad", "cpu", 7)
	cuda, _ := variant("cuda", "cuda", 90)
	assert.False(t, o.postpones(good, cache), "only where asked for")
	o.Later = true
	assert.False(t, o.postpones(cuda, cache))
	for _, v := range []*Variant{good, bad} {
		require.True(t, o.postpones(v, cache))
		o.postponed = append(o.postponed, v)
	}
	s := &suite.Suite{Timeout: time.Minute}
	prove := func(in *Variant) error {
		return o.ProvePostponed(t.Context(), func(v *Variant) bool { return v == in }, cache, s, progress.New(said))
	}
	require.NoError(t, prove(good))
	require.NoError(t, prove(good))
	assert.Equal(t, 1, asked.asked)
	assert.NotNil(t, good.Proof)
	assert.Nil(t, bad.Proof, "it is not in memory")
	assert.False(t, o.postpones(good, cache), "it is known")
	require.NoError(t, prove(bad))
	assert.Equal(t, []bool{true, false}, []bool{good.OK(), bad.OK()})
	assert.Equal(t, []bool{false, true}, []bool{good.Lazy.failed(), bad.Lazy.failed()})
	assert.Contains(t, said.String(), "bad: failed: provider CUDA was requested")
	bad.Lazy.enc, good.Lazy.enc = nil, nil
	require.NoError(t, o.Close())
}
