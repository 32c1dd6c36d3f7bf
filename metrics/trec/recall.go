package trec

import "math"

// eachRecallPoint calls at with each recall point that is reached, and with the best precision at or after
// it. It skips points that are not reached.
func eachRecallPoint(r *ranking, p parameters, at func(i int, precision float64)) {
	cuts := make([]int, len(p.numbers))
	for i, share := range p.numbers {
		cuts[i] = recallCutoff(share, r)
	}
	next := len(cuts) - 1
	for next >= 0 && cuts[next] > r.found {
		next--
	}
	left := r.found
	best := float64(left) / float64(len(r.rels))
	for i := len(r.rels); i > 0 && left > 0; i-- {
		best = max(best, float64(left)/float64(i))
		if r.isRelevant(r.rels[i-1]) {
			for ; next >= 0 && left == cuts[next]; next-- {
				at(next, best)
			}
			left--
		}
	}
	for ; next >= 0; next-- {
		at(next, best)
	}
}

// recallCutoff turns a share of the relevant documents into a number of them.
func recallCutoff(share float64, r *ranking) int {
	return int(math.Round(share * float64(r.relevant)))
}

func interpolatedPrecision(r *ranking, p parameters, out []float64) {
	eachRecallPoint(r, p, func(i int, precision float64) { out[i] = precision })
}

func interpolatedMean(r *ranking, p parameters, out []float64) {
	sum := 0.0
	eachRecallPoint(r, p, func(_ int, precision float64) { sum += precision })
	out[0] = sum / float64(len(p.numbers))
}

// multiplesOfR is the precision at multiples of the number of relevant documents. Cutoffs are rounded up
// from a tenth. Points that trec_eval's loop does not reach stay 0.
func multiplesOfR(r *ranking, p parameters, out []float64) {
	cuts := make([]int, len(p.numbers))
	for i, share := range p.numbers {
		docs := share * float64(r.relevant)
		cuts[i] = int(docs + 0.9)
	}
	next := len(cuts) - 1
	for ; next >= 0 && cuts[next] > len(r.rels); next-- {
		out[next] = ratio(r.found, cuts[next])
	}
	left := r.found
	for i := len(r.rels); i > 0 && left > 0; i-- {
		for ; next >= 0 && i == cuts[next]; next-- {
			out[next] = float64(left) / float64(i)
		}
		if r.isRelevant(r.rels[i-1]) {
			left--
		}
	}
}
