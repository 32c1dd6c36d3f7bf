package compare

import (
	"math"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
	"github.com/fastclip/fastclip/metrics/stats"
)

// Level is how long a variant's images or texts took in one run. It is the logarithm of the middle
// (stats.HodgesLehmann) of the milliseconds per item, after removing what a round did to all variants
// alike.
type Level struct {
	Variant  string  `json:"variant"`
	Modality string  `json:"modality"`
	Log      float64 `json:"log_ms"`
}

// Levels are the levels of a run, in the order of its rows. Histories compare nights by them.
func Levels(rows []store.Timing) []Level {
	out := []Level{}
	times, order := timesOf(rows)
	common := map[string]rounds{}
	for _, modality := range []string{"image", "text"} {
		var all []samples
		for _, key := range order {
			if key.phase == Total && key.modality == modality && measured(times[key]) && !slices.ContainsFunc(all, func(s samples) bool { return slices.Equal(s.list(), times[key].list()) }) {
				all = append(all, times[key])
			}
		}
		if len(all) >= leastShared {
			common[modality] = roundsOf(all)
		}
	}
	for _, key := range order {
		if key.phase == Total && measured(times[key]) {
			out = append(out, Level{key.variant, key.modality, math.Log(stats.HodgesLehmann(common[key.modality].even(times[key])))})
		}
	}
	return out
}

// measured tells whether there are times and all are above 0.
func measured(s samples) bool { return len(s) > 0 && slices.Min(s.list()) > 0 }
