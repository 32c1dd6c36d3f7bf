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

// PairedBootstrap is Paired with samples of its own. It panics on unequal lengths.
func PairedBootstrap(a, b []float64, resamples int, seed uint64) (delta, low, high, p float64) {
	return NewResampler(len(a), resamples, seed).Paired(a, b)
}

// Interval is the percentile 95 % interval of the mean of finite values (Efron 1979): the 2.5 % and 97.5 %
// quantiles of the resampled means, interpolated linearly. For shares near 0 and 1 it is at least the
// score interval (widened). It panics unless there is a value for each query. Both ends are NaN without
// values, or when a value is not finite.
func (r *Resampler) Interval(values []float64) (low, high float64) {
	c := r.CompareAll(nil, [][]float64{values})[0]
	return c.Low, c.High
}

// Paired is the mean of the differences b-a query by query, its percentile 95 % interval, and the
// two-sided p value of no difference. Of B resampled means, let k be the smaller of the number <= 0 and
// the number >= 0. The p value is then min(1, 2(k+1)/(B+1)) (Davison and Hinkley 1997, 4.2). When all
// differences are 0, the result is 0, 0, 0 and 1. Panics and NaN are as for Interval.
func (r *Resampler) Paired(a, b []float64) (delta, low, high, p float64) {
	d := r.difference(a, b)
	return d.result(r.means(d.rest)[0])
}

// Comparison is what the samples say about a mean. It holds the mean's Interval and, against a reference's
// values, the result of Paired.
type Comparison struct{ Low, High, Delta, DeltaLow, DeltaHigh, P float64 }

// CompareAll compares each of values in one pass over the samples. All values belong to the same queries.
// Without refs there are no differences; otherwise there is one reference for each of values.
func (r *Resampler) CompareAll(refs, values [][]float64) []Comparison {
	var own, against []column
	var all [][]float64
	for i, v := range values {
		own = append(own, r.spread(v))
		all = append(all, own[i].rest)
	}
	for i, ref := range refs {
		against = append(against, r.difference(ref, values[i]))
		all = append(all, against[i].rest)
	}
	means, out := r.means(all...), make([]Comparison, len(values))
	for i, c := range own {
		out[i].Low, out[i].High = c.interval(means[i])
		out[i].Low, out[i].High = r.widened(values[i], out[i].Low, out[i].High)
	}
	for i, c := range against {
		out[i].Delta, out[i].DeltaLow, out[i].DeltaHigh, out[i].P = c.result(means[len(own)+i])
	}
	return out
}

// column is a list of values to be resampled, stored as distances from a base, with their mean and their
// size.
type column struct {
	base, mean, scale float64
	finite            bool
	rest              []float64
}

// spread stores values as distances from the most common value. Most scores have one value, so only the
// others' distances have to be summed.
func (r *Resampler) spread(values []float64) (c column) {
	r.mustFit(values)
	c.rest = make([]float64, len(values))
	if _, c.finite = mean(values); !c.finite {
		return c
	}
	c.base = mode(values)
	for i, v := range values {
		c.rest[i] = v - c.base
	}
	return c
}

func (c column) interval(means []float64) (low, high float64) {
	if !c.finite {
		return math.NaN(), math.NaN()
	}
	slices.Sort(means)
	return c.base + quantile(means, 0.025), c.base + quantile(means, 0.975)
}

// difference stores b-a, query by query.
func (r *Resampler) difference(a, b []float64) (c column) {
	r.mustFit(a)
	r.mustFit(b)
	c.rest = make([]float64, r.n)
	for i := range c.rest {
		c.rest[i] = b[i] - a[i]
		c.scale += math.Abs(c.rest[i])
	}
	c.mean, c.finite = mean(c.rest)
	return c
}

// result is the result of Paired.
func (c column) result(means []float64) (delta, low, high, p float64) {
	if !c.finite {
		return math.NaN(), math.NaN(), math.NaN(), math.NaN()
	}
	low, high, p = summary(means, c.scale/float64(len(c.rest))*1e-12)
	return c.mean, low, high, p
}

// Pooled is Paired over several sets of queries, each with its own resampler, all with the same number of
// resamples. The result is about the mean of the sets' mean differences; each set counts the same. The
// sets are resampled separately (Davison and Hinkley 1997, 3.2), so their seeds should differ.
func Pooled(sets []*Resampler, a, b [][]float64) (delta, low, high, p float64) {
	var means []float64
	var noise float64
	for i, r := range sets {
		c := r.difference(a[i], b[i])
		if !c.finite {
			return math.NaN(), math.NaN(), math.NaN(), math.NaN()
		}
		noise += c.scale / float64(r.n) * 1e-12
		delta += c.mean / float64(len(sets))
		own := r.means(c.rest)[0]
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

// summary is the interval of resampled mean differences, and the p value of no difference. Differences
// that cancel leave rounding errors below noise. Those count as 0.
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

// mode is the most common value. Among equally common values it is the smallest.
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
