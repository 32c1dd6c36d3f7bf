package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/fastclip/fastclip/metrics/stats/lanes"
)

// lane is the number of resamples that are summed side by side.
const lane = lanes.Lane

// keptBytes is the largest size of samples that are kept, at one byte per cluster and resample. Larger
// samples are drawn again when they are needed, and come out the same.
const keptBytes = 64 << 20

// Resampler holds bootstrap samples of n queries. One resampler serves every metric and variant over these
// queries. It takes at most keptBytes, and is safe for concurrent use.
type Resampler struct {
	n, resamples int
	seed         uint64
	cluster      []int // by query; nil when each query is its own cluster
	sizes        []int // by cluster
	// counts says how often a cluster was drawn, by resamples/lane, cluster and resamples%lane. It is nil
	// when the samples are not kept.
	counts [][][lane]uint8
	// totals is the number of queries in a resample, by resamples/lane and resamples%lane.
	totals [][lane]float64
	drawn  func() // waits for counts
	ready  func() // waits for totals, too
}

// NewResampler draws samples of n out of n queries, with replacement. It draws from PCG seeded with seed,
// so the samples are the same every time. It panics on n < 0 and resamples < 1.
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

// NewClusterResampler draws whole clusters. clusters has the cluster of each query, numbered from 0
// without gaps. Queries that search for the same thing rise and fall together. Drawn one by one, they
// would count as more evidence than they are (Davison and Hinkley 1997, 3.8).
func NewClusterResampler(clusters []int, resamples int, seed uint64) *Resampler {
	return newResampler(clusters, resamples, seed, keptBytes)
}

func newResampler(clusters []int, resamples int, seed uint64, keep int) *Resampler {
	if len(clusters) > math.MaxUint32 || resamples < 1 {
		panic(fmt.Sprintf("stats: %d resamples of %d values", resamples, len(clusters)))
	}
	r := &Resampler{resamples: resamples, seed: seed, drawn: func() {}, ready: func() {}}
	if r.group(clusters); len(r.sizes)*resamples > keep {
		return r
	}
	r.counts = make([][][lane]uint8, r.blocks())
	// Draw in the background until the samples are needed. The numbers are one stream, so one core has to
	// draw them all.
	done := make(chan struct{})
	go func() {
		defer close(done)
		draw := draws{pcg: *rand.NewPCG(seed, 0), n: uint32(len(r.sizes))}
		for b := range r.counts {
			r.counts[b] = draw.block(len(r.sizes), min(lane, resamples-b*lane))
		}
	}()
	r.drawn = func() { <-done }
	r.ready = sync.OnceFunc(r.total)
	return r
}

// Regrouped is NewClusterResampler with the resamples and the seed of r, and shares r's samples. It is nil
// when the number of clusters differs.
func (r *Resampler) Regrouped(clusters []int) *Resampler {
	out := &Resampler{resamples: r.resamples, seed: r.seed, counts: r.counts, drawn: r.drawn}
	if out.group(clusters); len(out.sizes) != len(r.sizes) {
		return nil
	}
	out.ready = func() {}
	if out.counts != nil {
		out.ready = sync.OnceFunc(out.total)
	}
	return out
}

// blocks is the number of groups of lane resamples.
func (r *Resampler) blocks() int { return (r.resamples + lane - 1) / lane }

// group sets the clusters of the queries.
func (r *Resampler) group(clusters []int) {
	r.n, r.sizes = len(clusters), make([]int, 0, len(clusters))
	own := true
	for i, c := range clusters {
		for c >= len(r.sizes) {
			r.sizes = append(r.sizes, 0)
		}
		r.sizes[c]++
		own = own && c == i
	}
	if !own {
		r.cluster = clusters
	}
}

func (r *Resampler) total() {
	r.drawn()
	r.totals = make([][lane]float64, len(r.counts))
	sizes := make([]float64, len(r.sizes))
	for c, n := range r.sizes {
		sizes[c] = float64(n)
	}
	r.each(func(b int) { r.totals[b] = lanes.WeightedSums(r.counts[b], sizes, nil) })
}

// each calls do for every block of resamples, on all cores.
func (r *Resampler) each(do func(b int)) {
	n := r.blocks()
	workers := min(runtime.GOMAXPROCS(0), n*len(r.sizes)>>8+1)
	if workers == 1 {
		for b := range n {
			do(b)
		}
		return
	}
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for b := w; b < n; b += workers {
				do(b)
			}
		})
	}
	all.Wait()
}

// means are the means of every resample, in the order drawn, for each column of values.
func (r *Resampler) means(columns ...[]float64) [][]float64 {
	r.ready()
	sums := make([][]float64, len(columns))
	for m, values := range columns {
		if sums[m] = values; r.cluster == nil {
			continue
		}
		sums[m] = make([]float64, len(r.sizes))
		for i, v := range values {
			sums[m][r.cluster[i]] += v
		}
	}
	if r.counts == nil {
		return r.redrawn(sums)
	}
	return r.kept(sums)
}

// kept is the means of columns of sums by cluster. Clusters with the sum 0 cost nothing. A block is read for
// all columns while it is in the processor's cache.
func (r *Resampler) kept(columns [][]float64) [][]float64 {
	used, out := make([][]int, len(columns)), make([][]float64, len(columns))
	for m, sums := range columns {
		used[m], out[m] = make([]int, 0, len(sums)), make([]float64, len(r.counts)*lane)
		for c, v := range sums {
			if v != 0 {
				used[m] = append(used[m], c)
			}
		}
	}
	r.each(func(b int) {
		for m, sums := range columns {
			for k, s := range lanes.WeightedSums(r.counts[b], sums, used[m]) {
				out[m][b*lane+k] = s / r.totals[b][k]
			}
		}
	})
	for m := range out {
		out[m] = out[m][:r.resamples]
	}
	return out
}
