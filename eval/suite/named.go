package suite

import (
	"fmt"
	"slices"

	"github.com/fastclip/fastclip/encoders"
	"github.com/fastclip/fastclip/internal/strictyaml"
)

// keys are the keys that a suite's file gives for its defaults and for each variant. A key that is given and one that
// is not can have the same value.
type keys struct {
	defaults []string
	variants [][]string
}

func keysOf(data []byte) (out keys) {
	file := strictyaml.Values(data)
	out.defaults = withValue(file["defaults"])
	list, _ := file["variants"].([]any)
	for _, v := range list {
		out.variants = append(out.variants, withValue(v))
	}
	return out
}

// of are the keys of a variant.
func (k keys) of(i int) []string {
	if i < len(k.variants) {
		return k.variants[i]
	}
	return nil
}

// withValue are the keys that have a value.
func withValue(of any) (out []string) {
	m, _ := of.(map[string]any)
	for key, value := range m {
		if value != nil {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

// zero is a number that is given as 0, as if it were not given.
type zero struct{ path, text string }

func (s *Suite) zeros(named keys) (out []zero) {
	look := func(at string, v encoders.Spec, given []string) {
		for _, x := range []struct {
			key       string
			is, least int
		}{{"batch", v.Batch, 1}, {"context", v.Context, 2}, {"threads", v.Threads, 1}} {
			if x.is == 0 && slices.Contains(given, x.key) {
				out = append(out, zero{at + "." + x.key, fmt.Sprintf("%s 0: want at least %d, or leave it out", x.key, x.least)})
			}
		}
	}
	look("$.defaults", s.Defaults, named.defaults)
	for i, v := range s.Variants {
		look(fmt.Sprintf("$.variants[%d]", i), v, named.of(i))
	}
	return out
}
