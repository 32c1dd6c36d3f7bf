package stats

import (
	"cmp"
	"math"
	"slices"
)

// A Step is a place where the level of a series changed. At is the first value of the new level. Before
// and After are the means from the previous step up to this one, and from this one up to the next. P is
// the probability of such a large difference without a change.
type Step struct {
	At            int
	Before, After float64
	P             float64
}

// StepOptions are the options of Steps; zero values are the defaults.
type StepOptions struct {
	Window    int     // number of values examined together; default 50
	MaxP      float64 // a step's P must be below it; default 0.001
	Magnitude float64 // least relative change of the mean, up or down; default 0
}

// Steps finds where the level of a series of finite values changed. It has no seed: equal series give
// equal steps.
//
// Candidates come from E-divisive (Matteson and James, "A Nonparametric Approach for Multiple Change Point
// Analysis of Multivariate Data", JASA 109, 2014). It splits a segment where the two sides are farthest
// apart in energy distance, and then splits the parts.
//
// The use for nightly series follows Hunter (Fleming and others, "Hunter: Using Change Point Detection to
// Hunt for Performance Regressions", ICPE 2023). Windows overlap by half, and Student's t-test replaces
// permutations. Candidates pass a loose limit first. Then the weakest is removed until all pass the strict
// limit.
func Steps(x []float64, opt StepOptions) []Step {
	opt.Window, opt.MaxP = max(2, cmp.Or(opt.Window, 50)), cmp.Or(opt.MaxP, 0.001)
	loose := min(10*opt.MaxP, max(opt.MaxP, 0.5))
	var at []int
	for start := 0; start < len(x); start += opt.Window / 2 {
		end := min(start+opt.Window, len(x))
		for _, s := range candidates(x[start:end], loose) {
			at = append(at, start+s)
		}
		if end == len(x) {
			break
		}
	}
	slices.Sort(at)
	return strongest(x, slices.Compact(at), opt)
}

// candidates splits x, and then the part whose best split has the most energy. It stops when that split is
// not significant.
func candidates(x []float64, maxP float64) (at []int) {
	parts := []split{bestSplit(x, 0, len(x))}
	for {
		i := 0
		for k, p := range parts {
			if p.energy > parts[i].energy {
				i = k
			}
		}
		p := parts[i]
		if p.at == p.from || stepAt(x, p.from, p.at, p.to).P > maxP {
			return at
		}
		at = append(at, p.at)
		parts[i] = bestSplit(x, p.from, p.at)
		parts = append(parts, bestSplit(x, p.at, p.to))
	}
}

// strongest removes the weakest step until all are strong enough. Every step is measured between its
// neighbours, and these change with each removal.
func strongest(x []float64, at []int, opt StepOptions) []Step {
	for len(at) > 0 {
		bounds := slices.Concat([]int{0}, at, []int{len(x)})
		steps := make([]Step, len(at))
		for i, s := range at {
			steps[i] = stepAt(x, bounds[i], s, bounds[i+2])
		}
		weakest := slices.MaxFunc(steps, func(a, b Step) int { return cmp.Compare(a.P, b.P) })
		if weakest.P < opt.MaxP {
			weakest = slices.MinFunc(steps, func(a, b Step) int { return cmp.Compare(a.magnitude(), b.magnitude()) })
			if weakest.magnitude() > opt.Magnitude {
				return steps
			}
		}
		at = slices.DeleteFunc(at, func(s int) bool { return s == weakest.At })
	}
	return nil
}

// magnitude is the larger of the relative changes forwards and backwards. With a mean of 0 it is the other
// change, which is 1.
func (s Step) magnitude() float64 {
	change := func(from, to float64) float64 {
		if from == 0 {
			return 0
		}
		return math.Abs(to/from - 1)
	}
	return max(change(s.Before, s.After), change(s.After, s.Before))
}
