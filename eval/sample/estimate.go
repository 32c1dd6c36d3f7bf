package sample

import "math"

// Mean is an estimated mean over all pictures, and its standard error.
type Mean struct {
	Value, Error float64
	Freedom      float64 // degrees of freedom of the error (Satterthwaite 1946)
	N, Of        int     // measured pictures, and all pictures
}

// Margin is how far the 95 % interval reaches to each side. It takes Student's t from two terms of
// Abramowitz and Stegun's 26.7.5.
func (m Mean) Margin() float64 {
	const z = 1.959964
	free := max(1, m.Freedom)
	return m.Error * (z + (z*z*z+z)/4/free + (5*z*z*z*z*z+16*z*z*z+3*z)/96/free/free)
}

// Ratio estimates the mean of y from the mean of x. y is known for some pictures, and x for all. Pictures
// with a large x are likely to have a large y. The error is linearised, by strata, and falls to 0 when all
// pictures are measured (Cochran 1977, chapter 6).
func (s Strata) Ratio(x []float64, y map[int]float64) Mean {
	out, whole := Mean{Of: len(x)}, 0.0
	for _, v := range x {
		whole += v
	}
	meanX, meanY := s.mean(func(i int) (float64, bool) { _, ok := y[i]; return x[i], ok }), s.mean(func(i int) (float64, bool) { v, ok := y[i]; return v, ok })
	out.N = meanY.N
	ratio, scale := 0.0, 1.0
	out.Value = meanY.Value
	if meanX.Value > 0 {
		ratio, scale = meanY.Value/meanX.Value, whole/float64(len(x))/meanX.Value
		out.Value = meanY.Value * scale
	}
	rest := s.mean(func(i int) (float64, bool) { v, ok := y[i]; return v - ratio*x[i], ok })
	out.Error, out.Freedom = scale*rest.Error, rest.Freedom
	return out
}

// Off is the difference between two means of x: over the pictures with a known y, and over all pictures.
func (s Strata) Off(x []float64, y map[int]float64) float64 {
	whole := 0.0
	for _, v := range x {
		whole += v
	}
	return s.mean(func(i int) (float64, bool) { _, ok := y[i]; return x[i], ok }).Value - whole/float64(len(x))
}

// mean is the stratified mean of the known values. A stratum without known values counts like the others.
func (s Strata) mean(value func(i int) (float64, bool)) Mean {
	var out Mean
	known := 0 // pictures in strata with measurements
	sum, variance, fourth := 0.0, 0.0, 0.0
	for _, stratum := range s {
		n, total, squares := 0.0, 0.0, 0.0
		for _, i := range stratum {
			if v, ok := value(i); ok {
				n, total = n+1, total+v
			}
		}
		if out.Of += len(stratum); n == 0 {
			continue
		}
		size, mean := float64(len(stratum)), total/n
		for _, i := range stratum {
			if v, ok := value(i); ok {
				squares += (v - mean) * (v - mean)
			}
		}
		out.N, known, sum = out.N+int(n), known+len(stratum), sum+size*mean
		own := 0.0
		switch {
		case n > 1:
			own = size * size * (1 - n/size) * squares / (n - 1) / n
		case size > 1: // one picture of several says nothing about the others
			own = size * size * mean * mean
		}
		variance += own
		fourth += own * own / max(1, n-1)
	}
	if known == 0 {
		return out
	}
	out.Value, out.Error = sum/float64(known), math.Sqrt(variance)/float64(known)
	if fourth > 0 {
		out.Freedom = variance * variance / fourth
	}
	return out
}
