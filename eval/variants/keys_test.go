package variants

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/encoders/pipelines"
	"github.com/fastclip/fastclip/encoders/tokenize"
	"github.com/fastclip/fastclip/internal/testenv"
)

// TestKeysStay: the keys of embeddings are what they were before eval was split into rooms (at aaa3ae3),
// so that embeddings of before are found. Change them on purpose only.
func TestKeysStay(t *testing.T) {
	testenv.Library(t, "jpeg")
	o := NewOpener(encoders.Env{}, "a CPU", "a build")
	defer func() { require.NoError(t, o.Close()) }()
	info := encoders.Info{ImageKey: "image tower", TextKey: "text tower"}
	for name, key := range map[string]string{
		"original_clip":   "decode=pillow@13.0.0 colour=mode geometry=short-side+centre-crop resize=pillow-bicubic@13.0.0",
		"script_based":    "decode=pillow@13.0.0 colour=rgb geometry=short-side+centre-crop resize=torch-bicubic-float@2.15.0",
		"rgb_conversion":  "decode=pillow@13.0.0 colour=rgb geometry=short-side+centre-crop resize=pillow-bicubic@13.0.0",
		"grey_conversion": "decode=pillow@13.0.0 colour=grey geometry=short-side+centre-crop resize=pillow-bicubic@13.0.0",
	} {
		pipe, err := o.pipes.Lookup(name, pipelines.Options{})
		require.NoError(t, err)
		assert.Equal(t, key+" normalise=[0.48145467 0.4578275 0.40821072]/[0.26862955 0.2613026 0.2757771] size=224", pipe.Key())
		if name == "original_clip" {
			assert.Equal(t, "ee227ed8eaa6cd4ceea9c28ad7cc1bde0fa85bcc6f27d7bbeffb8a10812a4bd2", o.imageKey(info, pipe))
		}
	}
	tok, err := tokenize.New(tokenize.Mode("openai"))
	require.NoError(t, err)
	assert.Equal(t, "b7877ca14afe5a753bb282c60e034132f9ca2ee11d3cd014ab1f796ab5ee168b", o.textKey(info, encoders.CLIPTokenizer(tok), 77))
}
