package pipelines

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fastclip/fastclip/encoders/preprocess/resample"
	"github.com/fastclip/fastclip/internal/pyjson"
)

// maxSide stops a mistyped size from using all memory.
const maxSide = 4096

func (k *keys) check(c *Config) {
	switch {
	case k.err != nil:
	case min(c.Size, c.ResizeTo) < 1 || max(c.Size, c.ResizeTo) > maxSide:
		k.fail("size", "%d to %d pixels: want 1 to %d", c.ResizeTo, c.Size, maxSide)
	case (c.Filter == resample.Box || c.Filter == resample.Hamming) && c.Size > c.ResizeTo:
		k.fail("resample", "%s with a crop of more pixels than the picture is resized to is not supported", c.Filter)
	case c.Std[0] <= 0 || c.Std[1] <= 0 || c.Std[2] <= 0:
		k.fail("std", "%v: want three numbers above 0", c.Std)
	}
}

// keys holds the keys of a JSON object that have not been read yet, and the first error.
type keys struct {
	left map[string]json.RawMessage
	err  error
}

func (k *keys) fail(key, format string, args ...any) {
	if k.err == nil {
		k.err = fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...))
	}
}

// take decodes a key into to and reports whether it exists. null counts as missing.
func (k *keys) take(key string, to any) bool {
	raw, ok := k.left[key]
	delete(k.left, key)
	if !ok || string(raw) == "null" {
		return false
	}
	if err := pyjson.Unmarshal(raw, to); err != nil {
		k.fail(key, "%s: %v", raw, err)
	}
	return true
}

// want refuses a key whose value differs from the only supported one.
func (k *keys) want(key string, value any) {
	var got any
	if k.take(key, &got) && got != value {
		k.fail(key, "%v is not supported: want %v", got, value)
	}
}

// three reads one number per channel (a mean or a deviation), or one number for all channels.
func (k *keys) three(key string, to *[3]float32) {
	var raw json.RawMessage
	if !k.take(key, &raw) {
		return
	}
	var list []float32
	if one := float32(0); json.Unmarshal(raw, &one) == nil {
		list = []float32{one}
	} else if err := pyjson.Unmarshal(raw, &list); err != nil {
		k.fail(key, "%s: %v", raw, err)
		return
	}
	switch len(list) {
	case 1: // one number for all channels, as in torchvision
		*to = [3]float32{list[0], list[0], list[0]}
	case 3:
		copy(to[:], list)
	default:
		k.fail(key, "%d numbers, want 3", len(list))
	}
}

// unknown refuses keys that nobody has read and that have a value.
func (k *keys) unknown(prefix string) {
	maps.DeleteFunc(k.left, func(_ string, raw json.RawMessage) bool { return string(raw) == "null" })
	if len(k.left) > 0 {
		k.fail(prefix+strings.Join(slices.Sorted(maps.Keys(k.left)), ", "+prefix), "unknown to fastclip, so the tensors could differ from the model's")
	}
}
