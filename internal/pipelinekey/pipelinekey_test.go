package pipelinekey

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

const clip = "decode=pillow@13.0.0 colour=mode geometry=short-side+centre-crop resize=pillow-bicubic@13.0.0 normalise=[0.48 0.45 0.4]/[0.26 0.26 0.27] size=224 resize-to=256"

func TestKey(t *testing.T) {
	k := Parse(clip)
	assert.Equal(t, clip, k.String())
	assert.Len(t, k, 7)
	for name, want := range map[string]string{
		"decode": "pillow", "resize": "pillow-bicubic", "normalise": "[0.48 0.45 0.4]/[0.26 0.26 0.27]", "resize-to": "256", "fill": "",
	} {
		assert.Equal(t, want, k.What(name), name)
	}
	assert.Empty(t, Parse(" no key at all "))

	base := Parse("decode=pillow@12 colour=mode normalise=[0.48 0.45 0.5]/[0.26 0.26 0.27] fill=3")
	assert.Equal(t, []string{"decode", "geometry", "resize", "normalise", "size", "resize-to", "fill"}, k.Changed(base))
	assert.Empty(t, k.Changed(k))
}

// TestChanged: whatever differs is named, also what only BASE's key has and what stands at another place.
func TestChanged(t *testing.T) {
	const base = "decode=x@1 colour=mode geometry=crop resize=a b"
	for head, want := range map[string][]string{
		base: nil,
		"decode=x@2 colour=mode geometry=crop resize=a b":        {"decode"},
		"decode=x@1 geometry=crop resize=a b":                    {"colour"},
		"colour=mode geometry=crop":                              {"decode", "resize"},
		"decode=x@1 colour=mode resize=a b geometry=crop":        {"geometry"},
		"decode=x@1 colour=mode geometry=crop resize=a b fill=3": {"fill"},
		"decode=x@1 fill=3 geometry=pad resize=a":                {"fill", "colour", "geometry", "resize"},
		"": {"decode", "colour", "geometry", "resize"},
	} {
		assert.Equal(t, want, Parse(head).Changed(Parse(base)), head)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(clip)
	f.Add("a==b  =c -=@")
	f.Fuzz(func(t *testing.T, text string) {
		k := Parse(text)
		assert.Equal(t, k, Parse(k.String()))
	})
}
