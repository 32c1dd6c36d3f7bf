package attribute

import (
	"context"
	"maps"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/eval/variants"
	"github.com/fastclip/fastclip/internal/cache"
)

// Floor is the reference run in another way that should not matter. Its difference from the plain
// reference is noise, and a variant's drift below it means nothing.
type Floor struct {
	Name string // end of the stage's name: "floor:batch1"
	As   *variants.Variant
}

// floorName marks the encoder and the work of a second run of the reference.
const floorName = "floor"

// Floors is the reference again: as it is, with its items in another order, with batches of one, and with another
// number of threads. It reports through say what cannot be opened.
func Floors(ctx context.Context, o *variants.Opener, ref *variants.Variant, cores, context int, say func(format string, args ...any)) []Floor {
	if !ref.OK() || ref.Enc == nil {
		return nil
	}
	spec, threads := ref.Spec, onThreads(ref.Spec, cores)
	again := func(batch int, name string) func() *variants.Variant {
		return func() *variants.Variant { return o.Again(ctx, ref, batch, context, name) }
	}
	var out []Floor
	for _, way := range []struct {
		name string
		same bool // the cache would see the reference's own key
		skip bool // it is what the reference does anyway
		open func() *variants.Variant
	}{
		{"twice", true, false, again(spec.Batch, floorName)},
		{"shuffled", true, false, again(spec.Batch, floorName)},
		{"batch1", false, spec.Batch == 1, again(1, "")},
		{"threads", false, threads.Threads == spec.Threads, func() *variants.Variant { return o.OpenAs(ctx, threads, context, "") }},
	} {
		if way.skip {
			continue
		}
		v := way.open()
		if !v.OK() {
			say("noise floor %s of %s: %s", way.name, spec.Name, v.Reason)
			continue
		}
		if way.same {
			v.ImageKey, v.TextKey = cache.Key(v.ImageKey, floorName, way.name), cache.Key(v.TextKey, floorName, way.name)
			v.Shuffled = way.name == "shuffled"
		}
		out = append(out, Floor{way.name, v})
	}
	return out
}

// onThreads is the reference on another number of threads. They do not wait busily for each other, because other calls
// use the cores meanwhile.
func onThreads(spec encoders.Spec, cores int) encoders.Spec {
	if spec.Threads > 0 { // a server has its own
		spec.Threads = spec.Threads%max(cores, 1) + 1
	}
	if spec.Runtime == encoders.ONNXRuntime && spec.Threads > 1 && spec.Options[encoders.Spinning] == "" {
		spec.Options = maps.Clone(spec.Options)
		if spec.Options == nil {
			spec.Options = map[string]string{}
		}
		spec.Options[encoders.Spinning] = "0"
	}
	return spec
}
