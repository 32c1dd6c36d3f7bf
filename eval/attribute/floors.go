package attribute

import (
	"context"

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

// Floors opens the reference again: as it is, with its items in another order, with batches of one,
// and with another number of threads. It reports through say what cannot be opened.
func Floors(ctx context.Context, o *variants.Opener, ref *variants.Variant, cores, context int, say func(format string, args ...any)) []Floor {
	if !ref.OK() || ref.Enc == nil {
		return nil
	}
	one, threads := ref.Spec, ref.Spec
	one.Batch = 1
	if threads.Threads > 0 { // a server has its own
		threads.Threads = threads.Threads%max(cores, 1) + 1
	}
	var out []Floor
	for _, way := range []struct {
		name string
		spec encoders.Spec
		own  bool // needs its own work, although the cache would see the same key
	}{{"twice", ref.Spec, true}, {"shuffled", ref.Spec, true}, {"batch1", one, false}, {"threads", threads, false}} {
		if !way.own && way.spec.Batch == ref.Spec.Batch && way.spec.Threads == ref.Spec.Threads {
			continue
		}
		name := ""
		if way.own {
			name = floorName
		}
		v := o.OpenAs(ctx, way.spec, context, name)
		if !v.OK() {
			say("noise floor %s of %s: %s", way.name, way.spec.Name, v.Reason)
			continue
		}
		if way.own {
			v.ImageKey, v.TextKey = cache.Key(v.ImageKey, floorName, way.name), cache.Key(v.TextKey, floorName, way.name)
			v.Shuffled = way.name == "shuffled"
		}
		out = append(out, Floor{way.name, v})
	}
	return out
}
