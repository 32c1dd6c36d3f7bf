package facts

import (
	"math"

	"github.com/fastclip/fastclip/internal/store"
)

// Sampled is how well a mean over all pictures is known when only some pictures were measured.
type Sampled struct {
	Margin Number // reach of its 95 % interval to each side
	Share  Number // share of the values that were measured
}

// SampledDrift is the uncertainty of the mean over datasets. It is false when all pictures were measured.
func SampledDrift(rows []store.Drift, variant, modality, stage string) (Sampled, bool) {
	var squares, n, all float64
	sampled := false
	for _, d := range driftRows(rows, variant, modality, stage, "mean_abs") {
		n, all = n+float64(d.N), all+d.Weight()
		if d.CIHigh != nil {
			sampled = true
			margin := (*d.CIHigh - d.Value) * d.Weight()
			squares += margin * margin
		}
	}
	return Sampled{Number(math.Sqrt(squares) / all), Number(n / all)}, sampled
}
