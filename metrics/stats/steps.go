package stats

import (
	"cmp"
	"math"
	"slices"

	"github.com/aclements/go-moremath/mathx"
)

// A Step is a place where the level of a series changed: At is the first value of the new
// level, Before and After the means of the values from the step before it and up to the next
// one, P the chance of so large a difference without a change, as the method had it when it kept
// the step.
type Step struct {
	At            int
	Before, After float64
	P             float64
}

// StepOptions are those of Steps; zero values are the defaults, which are the authors'.
type StepOptions struct {
	Window    int     // values looked at together; 50
	MaxP      float64 // that a step may have; 0.001
	Magnitude float64 // least relative change of the mean, either way; 0
}

// Steps finds where the level of a series of finite values changed, by the method of Hunter
// (Fleming and others, "Hunter: Using Change Point Detection to Hunt for Performance
// Regressions", ICPE 2023; Apache Otava 0.8.0 is its code): E-divisive means (Matteson and
// James 2014) in windows that overlap by half, split with Student's t-test as long as it gives
// ten times MaxP or less, then merged from the weakest step up until all are below MaxP and
// above Magnitude. It has no seed: equal series give equal steps.
//
// Unlike theirs, a split of values that are all equal is never a step, whatever their mean
// rounds to.
func Steps(x []float64, opt StepOptions) []Step {
	opt.Window, opt.MaxP = cmp.Or(opt.Window, 50), cmp.Or(opt.MaxP, 0.001)
	first := opt.MaxP
	switch {
	case first < 0.05:
		first *= 10
	case first < 0.5:
		first *= 2
	}
	var at []int
	for start := 0; start < len(x); {
		end := min(start+opt.Window, len(x))
		last := 0
		for _, s := range divide(x[start:end], first) {
			last = start + s
			if !slices.Contains(at, last) {
				at = append(at, last)
			}
		}
		start = max(last, start+opt.Window/2)
	}
	slices.Sort(at)
	return merge(x, at, opt)
}

// divide splits a window as long as the best split is significant.
func divide(x []float64, maxP float64) (at []int) {
	for {
		best, most := -1, math.Inf(-1)
		bounds := slices.Concat([]int{0}, at, []int{len(x)})
		for i := range len(bounds) - 1 {
			if from, to := bounds[i], bounds[i+1]; to-from > 1 {
				if s, q := bestSplit(x[from:to]); q > most {
					best, most = from+s, q
				}
			}
		}
		if best < 0 {
			return at
		}
		i, _ := slices.BinarySearch(bounds, best)
		if !(stepAt(x, bounds[i-1], best, bounds[i]).P <= maxP) {
			return at
		}
		at = slices.Insert(at, i-1, best)
	}
}

// bestSplit is the split at s of x[:s] from x[s:k] that has the largest energy statistic over
// all s and k: of the sides' n and m values, 2/(n+m) times the sum of |a-b| between them, less
// what those within the sides lead one to expect. The first is taken of equal ones.
func bestSplit(x []float64) (split int, energy float64) {
	n := len(x)
	vertical := make([]float64, n) // sum of |x[t]-x[u]| over t < u
	for u := range x {
		for t := range u {
			vertical[u] += math.Abs(x[t] - x[u])
		}
	}
	horizontal := make([]float64, n) // the same over u from t+1 to k-1
	rest := make([]float64, n+1)     // sums of horizontal from t on
	energy = math.Inf(-1)
	at := n
	for k := 2; k <= n; k++ {
		for t := range k - 1 {
			horizontal[t] += math.Abs(x[t] - x[k-1])
		}
		rest[k-1] = 0
		for t := k - 2; t >= 0; t-- {
			rest[t] = rest[t+1] + horizontal[t]
		}
		var left, within float64
		for s := 1; s < k; s++ {
			left += horizontal[s-1]
			if s > 1 {
				within += vertical[s-1]
			}
			q := 2 / float64(k) * (left - within)
			if s > 1 {
				q -= 2 * float64(k-s) / (float64(k) * float64(s-1)) * within
			}
			if k-s > 1 {
				q -= 2 * float64(s) / (float64(k) * float64(k-s-1)) * rest[s]
			}
			if q > energy || q == energy && s < at {
				split, energy, at = s, q, s
			}
		}
	}
	return split, energy
}

// merge takes the weakest step away until all are strong enough. As in the authors' code, the
// two steps after the one taken away are measured again and the one before it is not.
func merge(x []float64, at []int, opt StepOptions) []Step {
	steps := make([]Step, len(at))
	measure := func(i int) {
		from, to := 0, len(x)
		if i > 0 {
			from = steps[i-1].At
		}
		if i+1 < len(steps) {
			to = steps[i+1].At
		}
		steps[i] = stepAt(x, from, steps[i].At, to)
	}
	for i := range steps {
		steps[i].At = at[i]
	}
	for i := range steps {
		measure(i)
	}
	for {
		w := weakest(steps, opt)
		if w < 0 {
			break
		}
		steps = slices.Delete(steps, w, w+1)
		for i := w; i < min(w+2, len(steps)); i++ {
			measure(i)
		}
	}
	for i, s := range steps {
		measure(i)
		steps[i].P = s.P
	}
	return steps
}

// weakest is the step with the largest p value, or, when all are below the limit, the one with
// the least change; -1 when that is large enough.
func weakest(steps []Step, opt StepOptions) int {
	if len(steps) == 0 {
		return -1
	}
	worst := 0
	for i, s := range steps {
		if s.P > steps[worst].P {
			worst = i
		}
	}
	if steps[worst].P >= opt.MaxP {
		return worst
	}
	for i, s := range steps {
		if s.magnitude() < steps[worst].magnitude() || i == 0 {
			worst = i
		}
	}
	if steps[worst].magnitude() > opt.Magnitude {
		return -1
	}
	return worst
}

// magnitude is the larger of the relative changes forwards and backwards; of a mean of 0 the
// other one's, which is 1.
func (s Step) magnitude() float64 {
	change := func(from, to float64) float64 {
		if from == 0 {
			return 0
		}
		return math.Abs(to/from - 1)
	}
	return max(change(s.Before, s.After), change(s.After, s.Before))
}

// stepAt compares x[from:at] with x[at:to] by Student's t-test with one variance, whose
// standard deviations are of n values, not n-1, as the authors' are.
func stepAt(x []float64, from, at, to int) Step {
	left, right := x[from:at], x[at:to]
	s := Step{At: at, P: 1}
	var leftVar, rightVar float64
	s.Before, leftVar = meanVar(left)
	s.After, rightVar = meanVar(right)
	n, m := float64(len(left)), float64(len(right))
	if n+m <= 2 || slices.Min(x[from:to]) == slices.Max(x[from:to]) {
		return s
	}
	pooled := ((n-1)*leftVar + (m-1)*rightVar) / (n + m - 2)
	t := (s.Before - s.After) / math.Sqrt(pooled*(1/n+1/m))
	switch {
	case math.IsNaN(t):
	case math.IsInf(t, 0):
		s.P = 0
	default:
		s.P = mathx.BetaInc((n+m-2)/(n+m-2+t*t), (n+m-2)/2, 0.5)
	}
	return s
}

func meanVar(x []float64) (m, v float64) {
	m, _ = mean(x)
	for _, value := range x {
		v += (value - m) * (value - m)
	}
	return m, v / float64(len(x))
}
