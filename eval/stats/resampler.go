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
	// totals is how many queries a resample has, by resamples/lane and resamples%lane.
	totals [][lane]float64
}

// NewResampler draws samples of n out of n queries, with replacement, from PCG seeded with
// seed: the same ones every time. It panics on n < 0 and resamples < 1.
func NewResampler(n, resamples int, seed uint64) *Resampler {
	if n < 0 {
		panic(fmt.Sprintf("stats: %d resamples of %d values", resamples, n))
	}
	clusters := make([]int, n)
	for i := range clusters {
		clusters[i] = i
	}
	return NewClusterResampler(clusters, resamples, seed)
}

// NewClusterResampler draws whole clusters: clusters has each query's, numbered from 0 without
// gaps. Queries that share what they search for rise and fall together; drawn one by one they
// would pass for more evidence than they are (Davison and Hinkley 1997, 3.8).
func NewClusterResampler(clusters []int, resamples int, seed uint64) *Resampler {
	n := len(clusters)
	if n > math.MaxUint32 || resamples < 1 {
		panic(fmt.Sprintf("stats: %d resamples of %d values", resamples, n))
	}
	r := &Resampler{n: n, resamples: resamples, counts: make([][][lane]uint8, (resamples+lane-1)/lane)}
	r.totals = make([][lane]float64, len(r.counts))
	members := make([][]int, 0, n)
	for i, c := range clusters {
		for c >= len(members) {
			members = append(members, nil)
		}
		members[c] = append(members[c], i)
	}
	draw := draws{pcg: *rand.NewPCG(seed, 0), n: uint32(len(members))}
	for b := range r.counts {
		r.counts[b] = make([][lane]uint8, n)
		for k := range min(lane, resamples-b*lane) {
			r.totals[b][k] = float64(draw.into(r.counts[b], k, members))
		}
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

// into draws as many clusters as there are and returns how many queries they have.
func (d *draws) into(block [][lane]uint8, k int, members [][]int) (total int) {
	for drawn := 0; drawn < len(members); drawn++ {
		cluster := members[d.next()]
		if block[cluster[0]][k] == math.MaxUint8 { // so often one of n: below 1e-500
			drawn--
			continue
		}
		for _, i := range cluster {
			block[i][k]++
		}
		total += len(cluster)
	}
	return total
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
	for b, block := range r.counts {
		var sums [lane]float64
		for _, i := range used {
			v, counts := values[i], &block[i]
			for k, c := range counts {
				sums[k] += float64(v * float64(c))
			}
		}
		for k, s := range sums {
			out = append(out, s/r.totals[b][k])
		}
	}
	return out[:r.resamples]
}
