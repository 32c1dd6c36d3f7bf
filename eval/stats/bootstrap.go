package stats

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// lane is how many resamples are summed side by side.
const lane = 64

// Resampler holds bootstrap samples of n queries, drawn once and used for every metric and
// variant over them. It takes n bytes a resample and is safe for concurrent use.
type Resampler struct {
	n, resamples int
	// counts says, by resamples/lane, query and resamples%lane, how often a query was drawn.
	counts [][][lane]uint8
}

// NewResampler draws samples of n out of n queries, with replacement, from PCG seeded with
// seed: the same ones every time. It panics on n < 0 and resamples < 1.
func NewResampler(n, resamples int, seed uint64) *Resampler {
	if n < 0 || n > math.MaxUint32 || resamples < 1 {
		panic(fmt.Sprintf("stats: %d resamples of %d values", resamples, n))
	}
	r := &Resampler{n: n, resamples: resamples, counts: make([][][lane]uint8, (resamples+lane-1)/lane)}
	draw := draws{pcg: *rand.NewPCG(seed, 0), n: uint32(n)}
	for b := range r.counts {
		block := make([][lane]uint8, n)
		for k := range min(lane, resamples-b*lane) {
			for drawn := 0; drawn < n; drawn++ {
				c := &block[draw.next()][k]
				if *c++; *c == 0 { // 256 times one query of n: below 1e-500
					*c--
					drawn--
				}
			}
		}
		r.counts[b] = block
	}
	return r
}

// draws gives uniform numbers below n, two of each 64 random bits (Lemire 2019).
type draws struct {
	pcg  rand.PCG
	n    uint32
	rest uint64
	half bool
}

func (d *draws) next() uint32 {
	for {
		if d.half = !d.half; d.half {
			d.rest = d.pcg.Uint64()
		} else {
			d.rest >>= 32
		}
		high, low := bits.Mul32(uint32(d.rest), d.n)
		if low >= d.n || low >= -d.n%d.n {
			return high
		}
	}
}

// Bootstrap is Interval with samples of its own.
func Bootstrap(values []float64, resamples int, seed uint64) (low, high float64) {
	return NewResampler(len(values), resamples, seed).Interval(values)
}

// PairedBootstrap is Paired with samples of its own; it panics on unequal lengths.
func PairedBootstrap(a, b []float64, resamples int, seed uint64) (delta, low, high, p float64) {
	return NewResampler(len(a), resamples, seed).Paired(a, b)
}

// Interval is the percentile 95 % interval of the mean of finite values (Efron 1979): the
// 2.5 % and 97.5 % quantiles of the resampled means, interpolated linearly. It panics unless
// there is a value for each query; both ends are NaN of no values or one that is not finite.
func (r *Resampler) Interval(values []float64) (low, high float64) {
	r.mustFit(values)
	_, finite := mean(values)
	if !finite {
		return math.NaN(), math.NaN()
	}
	// Scores are mostly one value: sum the others' distance from it.
	base := mode(values)
	rest := make([]float64, len(values))
	for i, v := range values {
		rest[i] = v - base
	}
	means := r.means(rest)
	slices.Sort(means)
	return base + quantile(means, 0.025), base + quantile(means, 0.975)
}

// Paired is the mean of the differences b-a query by query, its percentile 95 % interval
// and the two-sided p value of no difference: with k the lesser of how many of B resampled
// means are <= 0 and >= 0, min(1, 2(k+1)/(B+1)) (Davison and Hinkley 1997, 4.2). All
// differences 0 give 0, 0, 0 and 1. Panics and NaN are Interval's.
func (r *Resampler) Paired(a, b []float64) (delta, low, high, p float64) {
	r.mustFit(a)
	r.mustFit(b)
	diff := make([]float64, r.n)
	var scale float64
	for i := range diff {
		diff[i] = b[i] - a[i]
		scale += math.Abs(diff[i])
	}
	delta, finite := mean(diff)
	if !finite {
		return math.NaN(), math.NaN(), math.NaN(), math.NaN()
	}
	means := r.means(diff)
	// Differences that cancel leave less than this of rounding, which is neither side of 0.
	noise := scale / float64(r.n) * 1e-12
	var below, above int
	for i, m := range means {
		if math.Abs(m) <= noise {
			means[i] = 0
		}
		if m <= noise {
			below++
		}
		if m >= -noise {
			above++
		}
	}
	slices.Sort(means)
	p = min(1, 2*float64(min(below, above)+1)/float64(len(means)+1))
	return delta, quantile(means, 0.025), quantile(means, 0.975), p
}

func (r *Resampler) mustFit(values []float64) {
	if len(values) != r.n {
		panic(fmt.Sprintf("stats: %d values for resamples of %d", len(values), r.n))
	}
}

// means are those of every resample, in the order drawn. Queries of value 0 cost nothing.
func (r *Resampler) means(values []float64) []float64 {
	out := make([]float64, 0, len(r.counts)*lane)
	var used []int
	for i, v := range values {
		if v != 0 {
			used = append(used, i)
		}
	}
	for _, block := range r.counts {
		var sums [lane]float64
		for _, i := range used {
			v, counts := values[i], &block[i]
			for k, c := range counts {
				sums[k] += float64(v * float64(c))
			}
		}
		for _, s := range sums {
			out = append(out, s/float64(r.n))
		}
	}
	return out[:r.resamples]
}

func mode(values []float64) (best float64) {
	seen := make(map[float64]int, len(values))
	for _, v := range values {
		seen[v]++
	}
	most := 0
	for _, v := range values { // not over the map: its order would choose among equals
		if n := seen[v]; n > most {
			best, most = v, n
		}
	}
	return best
}

// quantile interpolates linearly between sorted values (type 7 of Hyndman and Fan 1996).
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + float64((at-float64(i))*(sorted[i+1]-sorted[i]))
}
