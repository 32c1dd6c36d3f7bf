package stats

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
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
