package reportstest

import (
	"github.com/fastclip/fastclip/internal/store"
)

func Timed(variant, phase string, rep int64, ms float64, warm bool) store.Timing {
	return store.Timing{Variant: variant, Phase: phase, Modality: "image", Rep: rep, Items: 2, NS: int64(ms * 2e6), Warm: warm, Batch: 8, Threads: 1}
}

func TimedRun(rows ...store.Timing) *store.Results {
	return &store.Results{
		Variants: []store.Variant{{Variant: "ref", IsReference: true, Status: "ok"}, {Variant: "v", Status: "ok"}}, Timings: rows,
	}
}
