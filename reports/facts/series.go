package facts

import (
	"math"
	"slices"

	"github.com/fastclip/fastclip/internal/store"
)

// Series is a variant's milliseconds per item, by phase and repetition, without warm-ups.
type Series map[string]map[int64]float64

func Collect(rows []store.Timing, variant string) Series {
	out := Series{}
	for _, x := range rows {
		if x.Variant != variant || !x.Warm {
			continue
		}
		if out[x.Phase] == nil {
			out[x.Phase] = map[int64]float64{}
		}
		out[x.Phase][x.Rep] = float64(x.NS) / float64(x.Items) / 1e6
	}
	return out
}

// split divides the time of encode into what the variant's server computed and the rest. Both are empty
// without a server, or when the server reported nothing.
func split(rows []store.Timing, variant string) (server, transport map[int64]float64) {
	server, transport = map[int64]float64{}, map[int64]float64{}
	for _, x := range rows {
		if x.Variant == variant && x.Warm && x.Phase == "encode" && x.ServerNS != nil {
			server[x.Rep] = float64(*x.ServerNS) / float64(x.Items) / 1e6
			transport[x.Rep] = float64(x.NS-*x.ServerNS) / float64(x.Items) / 1e6
		}
	}
	return server, transport
}

// Total is the sum of the phases, for each repetition that has all phases of the variant.
func (s Series) Total(phases []string) map[int64]float64 {
	sum, seen, have := map[int64]float64{}, map[int64]int{}, 0
	for _, phase := range phases {
		if len(s[phase]) > 0 {
			have++
		}
		for rep, ms := range s[phase] {
			sum[rep] += ms
			seen[rep]++
		}
	}
	for rep, n := range seen {
		if n < have {
			delete(sum, rep)
		}
	}
	return sum
}

// same tells whether both series were timed in the same phases.
func (s Series) same(other Series, phases []string) bool {
	return !slices.ContainsFunc(phases, func(p string) bool { return (len(s[p]) > 0) != (len(other[p]) > 0) })
}

// ratioOf is the median of a/b over the repetitions that both have.
func ratioOf(a, b map[int64]float64) Number {
	var quotients []float64
	for rep, ms := range a {
		if other, ok := b[rep]; ok && other > 0 {
			quotients = append(quotients, ms/other)
		}
	}
	return Number(Median(quotients))
}

func summary(phase string, reps map[int64]float64) Timing {
	var values []float64
	for _, ms := range reps {
		values = append(values, ms)
	}
	slices.Sort(values) // sorted, because a sum in map order would differ from run to run
	var sum, square float64
	for _, v := range values {
		sum += v
	}
	mean := sum / float64(len(values))
	for _, v := range values {
		square += (v - mean) * (v - mean)
	}
	return Timing{
		Phase: phase, Mean: Number(mean), Std: Number(math.Sqrt(square / float64(len(values)-1))),
		Median: Number(Median(values)), Reps: len(values),
	}
}

// Median is the median of the values, and NaN without values.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}
