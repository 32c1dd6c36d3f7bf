package charts

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// spread is the ratio of the largest to the smallest value from which an axis becomes logarithmic.
const spread = 5

// leastSpan is the smallest range of an axis, as a share of the size of its values.
const leastSpan = 0.04

// scaleFor sets an axis of positive values from low to high, with some room. The axis is linear or
// logarithmic, and format writes its ticks.
func scaleFor(a *plot.Axis, low, high float64, format func(float64) string) {
	if low > 0 && high/low > spread {
		a.Scale, a.Min, a.Max = plot.LogScale{}, low/1.08, high*1.08
		a.Tick.Marker = logTicks(format)
		return
	}
	if least := leastSpan * max(math.Abs(low), math.Abs(high)); high > low && high-low < least { // otherwise noise would look like a cliff
		mid := (low + high) / 2
		low, high = mid-least/2, mid+least/2
	}
	room := (high - low) * 0.06
	if room == 0 {
		room = max(math.Abs(high)*0.05, 1e-12)
	}
	a.Min, a.Max = low-room, high+room
	if low >= 0 && a.Min < 0 {
		a.Min = 0
	}
	a.Tick.Marker = linearTicks(6, format)
}

// logTicks puts ticks at 1, 2 and 5 in each decade, or at the powers of ten of a wide range.
func logTicks(format func(float64) string) plot.TickerFunc {
	return func(low, high float64) []plot.Tick {
		steps := []float64{1, 2, 5}
		if high/low > 2000 {
			steps = steps[:1]
		}
		var out []plot.Tick
		for e := math.Floor(math.Log10(low)); e <= math.Ceil(math.Log10(high)); e++ {
			for _, s := range steps {
				if v := s * math.Pow(10, e); v >= low && v <= high {
					out = append(out, plot.Tick{Value: v, Label: format(v)})
				}
			}
		}
		return out
	}
}

// linearTicks puts about n ticks, at multiples of 1, 2 or 5.
func linearTicks(n int, format func(float64) string) plot.TickerFunc {
	return func(low, high float64) []plot.Tick {
		raw := (high - low) / float64(n)
		power := math.Pow(10, math.Floor(math.Log10(raw)))
		step := 10 * power
		for _, s := range []float64{1, 2, 5} {
			if s*power >= raw {
				step = s * power
				break
			}
		}
		var out []plot.Tick
		for k := math.Ceil(low / step); k*step <= high; k++ {
			v := k * step
			if math.Abs(v) < step/1e6 {
				v = 0
			}
			out = append(out, plot.Tick{Value: v, Label: format(v)})
		}
		return out
	}
}

// Short writes a number with as few digits as possible: 0.05, 2, 1500.
func Short(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
