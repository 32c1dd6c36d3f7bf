package reportstest

import (
	"fmt"
	"math/rand/v2"

	"github.com/fastclip/fastclip/internal/store"
)

// Flipped is a run of two datasets and two directions. The outcomes of its variants differ from the
// reference's by chance. Some variants lean to one side, and are near the edge of what a test shows.
func Flipped(seed uint64) *store.Results {
	rng := rand.New(rand.NewPCG(seed, 4))
	const queries = 60
	res := &store.Results{Run: store.Run{RunID: "flipped", Suite: "s", Status: "ok"}}
	names := []string{"ref", "a", "b", "c"}
	lean := make([]float64, len(names))
	for i, name := range names {
		res.Variants = append(res.Variants, store.Variant{Variant: name, IsReference: i == 0, Status: store.StatusOK})
		lean[i] = 0.3 * rng.Float64()
	}
	for _, d := range []string{"one", "two"} {
		res.Datasets = append(res.Datasets, store.Dataset{Dataset: d, Images: queries, Texts: queries})
		for _, direction := range []string{store.TextToImage, store.ImageToText} {
			for _, metric := range []string{"R@1", "nDCG@10"} {
				was := make([]float64, queries)
				for i, name := range names {
					s := store.Score{Dataset: d, Variant: name, Direction: direction, Metric: metric, NQueries: queries}
					for q := range was {
						value := was[q]
						switch chance := rng.Float64(); {
						case i == 0:
							value = float64(rng.IntN(2))
							was[q] = value
						case chance < lean[i]:
							value = 0
						case chance < lean[i]+0.1:
							value = 1
						}
						s.Value += value / queries
						res.Queries = append(res.Queries, store.Query{Dataset: d, Variant: name, Direction: direction, Metric: metric, QueryID: fmt.Sprint(direction, q), Group: int64(q), Value: value})
					}
					if i > 0 {
						zero, one := 0.0, 1.0
						s.Delta, s.DeltaLow, s.DeltaHigh, s.PValue = &zero, &zero, &zero, &one
					}
					res.Scores = append(res.Scores, s)
				}
			}
		}
	}
	return res
}
