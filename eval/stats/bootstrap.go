package stats

import (
	"fmt"
	"math"
	"slices"
)

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
	low, high, p = summary(r.means(diff), scale/float64(r.n)*1e-12)
	return delta, low, high, p
}

// Pooled is Paired over several sets of queries, each with its own resampler, all of equally
// many resamples: the mean of the sets' mean differences, each set counting the same. The sets
// are resampled apart (Davison and Hinkley 1997, 3.2), so their seeds should differ.
func Pooled(sets []*Resampler, a, b [][]float64) (delta, low, high, p float64) {
	var means []float64
	var noise float64
	for i, r := range sets {
		r.mustFit(a[i])
		r.mustFit(b[i])
		diff := make([]float64, r.n)
		for k := range diff {
			diff[k] = b[i][k] - a[i][k]
			noise += math.Abs(diff[k]) / float64(r.n) * 1e-12
		}
		m, finite := mean(diff)
		if !finite {
			return math.NaN(), math.NaN(), math.NaN(), math.NaN()
		}
		delta += m / float64(len(sets))
		own := r.means(diff)
		if means == nil {
			means = make([]float64, len(own))
		}
		for k, v := range own {
			means[k] += v / float64(len(sets))
		}
	}
	if len(means) == 0 {
		return math.NaN(), math.NaN(), math.NaN(), math.NaN()
	}
	low, high, p = summary(means, noise)
	return delta, low, high, p
}

// summary is the interval of resampled mean differences, and the p value of none. Differences
// that cancel leave less than noise of rounding, which is neither side of 0.
func summary(means []float64, noise float64) (low, high, p float64) {
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
	return quantile(means, 0.025), quantile(means, 0.975), p
}

func (r *Resampler) mustFit(values []float64) {
	if len(values) != r.n {
		panic(fmt.Sprintf("stats: %d values for resamples of %d", len(values), r.n))
	}
}

// mode is the commonest value, of equally common ones the least.
func mode(values []float64) (best float64) {
	sorted := slices.Sorted(slices.Values(values))
	most := 0
	for from := 0; from < len(sorted); {
		to := from + 1
		for to < len(sorted) && sorted[to] == sorted[from] {
			to++
		}
		if to-from > most {
			best, most = sorted[from], to-from
		}
		from = to
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
