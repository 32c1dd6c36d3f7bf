// Package stats has the few statistics that an evaluation needs: streaming summaries of differences,
// bootstrap intervals, corrected p values, and medians of timings.
package stats

import (
	"fmt"
	"math"
)

// blockLen is how many values are summed plainly, with an error of 2^-43 at most. The sums of blocks are
// added with compensation.
const blockLen = 2048

// AbsDiff is a streaming summary of |a-b| over pairs of float32 values. The zero value is an empty
// summary. It is not safe for concurrent use.
type AbsDiff struct {
	counts   *[buckets]int64
	sum, err float64 // of the finite differences, by Neumaier (1974)
	max      float64 // of the finite differences
	n, nan   int64
}

// Add counts the pairs a[i], b[i]. It takes the differences in float64, and panics on unequal lengths.
func (d *AbsDiff) Add(a, b []float32) {
	if len(a) != len(b) {
		panic(fmt.Sprintf("stats: %d values against %d", len(a), len(b)))
	}
	var few [8]float64 // avoids an allocation when pairs are few
	d.Sum(d.AddLater(a, b, few[:0]))
}

// AddLater is Add, but appends the sums to sums, for a later call of Sum. Pairs may come in pieces. The
// sums are the same as for all pairs at once when each piece but the last has a multiple of SumLen pairs.
func (d *AbsDiff) AddLater(a, b []float32, sums []float64) []float64 {
	if d.counts == nil {
		d.counts = new([buckets]int64)
	}
	d.n += int64(len(a))
	for len(a) > 0 {
		n := min(len(a), blockLen)
		sums = append(sums, d.block(a[:n], b[:n]))
		a, b = a[n:], b[n:]
	}
	return sums
}

// SumLen is the number of pairs in a sum of AddLater.
const SumLen = blockLen

// Sum adds the sums of AddLater.
func (d *AbsDiff) Sum(sums []float64) {
	for _, sum := range sums {
		d.plus(sum)
	}
}

// block counts the differences of a block, and returns their sum.
func (d *AbsDiff) block(a, b []float32) float64 {
	counts, top := d.counts, d.max
	var even, odd float64
	i := 0
	for b = b[:len(a)]; i+1 < len(a); i += 2 {
		x := math.Abs(float64(a[i]) - float64(b[i]))
		y := math.Abs(float64(a[i+1]) - float64(b[i+1]))
		counts[bucket(x)]++
		counts[bucket(y)]++
		even += x
		odd += y
		if x > top {
			top = x
		}
		if y > top {
			top = y
		}
	}
	if i < len(a) {
		x := math.Abs(float64(a[i]) - float64(b[i]))
		counts[bucket(x)]++
		even += x
		if x > top {
			top = x
		}
	}
	if sum := even + odd; sum <= math.MaxFloat64 {
		d.max = top
		return sum
	}
	return d.oddBlock(a, b)
}

// oddBlock sums a block whose differences contain NaN or Inf. block has counted them already.
func (d *AbsDiff) oddBlock(a, b []float32) (sum float64) {
	for i := range a {
		switch x := math.Abs(float64(a[i]) - float64(b[i])); {
		case x != x:
			d.nan++
		case x <= math.MaxFloat64:
			sum += x
			d.max = max(d.max, x)
		}
	}
	return sum
}

// plus adds x to the sum, and keeps in err what rounding lost.
func (d *AbsDiff) plus(x float64) {
	t := d.sum + x
	if d.sum >= x {
		d.err += (d.sum - t) + x
	} else {
		d.err += (x - t) + d.sum
	}
	d.sum = t
}

// Merge adds what o has counted. o does not change.
func (d *AbsDiff) Merge(o *AbsDiff) {
	if o.counts == nil {
		return
	}
	if d.counts == nil {
		d.counts = new([buckets]int64)
	}
	for i, n := range o.counts {
		d.counts[i] += n
	}
	d.plus(o.sum)
	d.err += o.err
	d.max = max(d.max, o.max)
	d.n += o.n
	d.nan += o.nan
}

// Result is the mean, the maximum and the 99th percentile of the differences, and their number. All are 0
// without differences. Mean and max are NaN if a difference is NaN, and otherwise Inf if one is Inf.
//
// The mean has a relative error of at most 1e-12, however the pairs were split. The percentile is by
// nearest rank: the smallest value that 99 % of all do not exceed, with Inf and then NaN last. Its
// relative error is at most 1 %, and 0 is exact.
func (d *AbsDiff) Result() (mean, max, p99 float64, n int64) {
	if d.n == 0 {
		return 0, 0, 0, 0
	}
	mean, max = (d.sum+d.err)/float64(d.n), d.max
	switch odd := d.counts[bucketOdd]; {
	case d.nan > 0:
		mean, max = math.NaN(), math.NaN()
	case odd > 0:
		mean, max = math.Inf(1), math.Inf(1)
	}
	return mean, max, d.p99(), d.n
}
