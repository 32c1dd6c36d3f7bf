package stats

import "math"

const (
	// A bucket is named by the exponent and the first bucketBits bits of the mantissa. It is 1/64 of an
	// octave's start wide, so its middle is within 1/128 of any value in it.
	bucketBits  = 6
	bucketShift = 52 - bucketBits
	// Differences of float32 values are multiples of 2^-149 and below 2^129.
	bucketFirst = (1023 - 149) << bucketBits
	bucketLast  = (1023+128)<<bucketBits + 1<<bucketBits - 1
	// bucketZero counts exact zeros, and bucketOdd counts NaN and Inf.
	bucketZero = 0
	bucketOdd  = bucketLast - bucketFirst + 2
	buckets    = bucketOdd + 1
)

// bucket is where a difference is counted. A difference is not negative, and may be NaN or Inf.
func bucket(x float64) int {
	i := int64(math.Float64bits(x)>>bucketShift) - (bucketFirst - 1)
	i &^= i >> 63 // a branch would be mispredicted at every other zero
	return min(int(i), bucketOdd)
}

// middle is the value that represents a bucket.
func middle(i int) float64 {
	if i == bucketZero {
		return 0
	}
	low := uint64(i+bucketFirst-1) << bucketShift
	return math.Float64frombits(low | 1<<(bucketShift-1))
}

// p99 is the 99th percentile by nearest rank. It needs at least one difference.
func (d *AbsDiff) p99() float64 {
	above := d.n / 100 // number of differences that may lie above
	if above < d.nan {
		return math.NaN()
	}
	above -= d.nan
	inf := d.counts[bucketOdd] - d.nan
	if above < inf {
		return math.Inf(1)
	}
	above -= inf
	i := bucketOdd - 1
	for ; above >= d.counts[i]; i-- {
		above -= d.counts[i]
	}
	return min(middle(i), d.max)
}
