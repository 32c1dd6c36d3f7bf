package trec

import "math"

// least replaces 0 in the geometric means. It is trec_eval's MIN_GEO_MEAN, and infAP's epsilon is the same
// number.
const least = 0.00001

func averagePrecision(r *ranking) float64 {
	found, sum := 0, 0.0
	for i, rel := range r.rels {
		if r.isRelevant(rel) {
			found++
			sum += float64(found) / float64(i+1)
		}
	}
	if found == 0 {
		return 0
	}
	return sum / float64(r.relevant)
}

func rPrecision(r *ranking) float64 {
	found := 0
	for _, rel := range r.rels[:min(len(r.rels), r.relevant)] {
		if r.isRelevant(rel) {
			found++
		}
	}
	return ratio(found, r.relevant)
}

func reciprocalRank(r *ranking) float64 {
	for i, rel := range r.rels {
		if r.isRelevant(rel) {
			return 1 / float64(i+1)
		}
	}
	return 0
}

// binaryPreference is Buckley and Voorhees' bpref. Among the first R documents judged not relevant, it
// takes the share that comes after each relevant document.
func binaryPreference(r *ranking) float64 {
	nonRelevant := 0
	for _, c := range r.levels {
		if c.rel < r.level {
			nonRelevant += c.docs
		}
	}
	before, sum := 0, 0.0
	for _, rel := range r.rels {
		switch {
		case rel < 0:
		case !r.isRelevant(rel):
			before++
		case before == 0:
			sum++
		default:
			sum += 1 - float64(min(before, r.relevant))/float64(min(nonRelevant, r.relevant))
		}
	}
	if r.relevant > 0 {
		sum /= float64(r.relevant)
	}
	return sum
}

// inferredAP is Yilmaz and Aslam's average precision of a sample of judgements.
func inferredAP(r *ranking) float64 {
	found, non, pooled, sum := 0.0, 0.0, 0.0, 0.0
	for i, rel := range r.rels {
		switch {
		case rel == unpooled:
		case rel == unjudged:
			pooled++
		case !r.isRelevant(rel):
			non++
		default:
			if i == 0 {
				sum++
			} else {
				above := float64(i)
				chosen := above / (above + 1) * ((found + non + pooled) / above)
				sum += 1/(above+1) + float64(chosen*((found+least)/(found+non+2*least)))
			}
			found++
		}
	}
	if r.relevant > 0 {
		sum /= float64(r.relevant)
	}
	return sum
}

// binaryG is the mean over the relevant documents of 1/log2(2 + the number of documents above that are not
// relevant).
func binaryG(r *ranking) float64 {
	found, sum := 0, 0.0
	for i, rel := range r.rels {
		if r.isRelevant(rel) {
			found++
			sum += 1 / r.log2(i+2-found)
		}
	}
	if found == 0 {
		return 0
	}
	return sum / float64(r.relevant)
}

func judgedNonRelevant(r *ranking) float64 {
	n := 0
	for _, rel := range r.rels {
		if rel >= 0 && !r.isRelevant(rel) {
			n++
		}
	}
	return float64(n)
}

// logged takes the logarithm of a value, for a geometric mean.
func logged(value func(*ranking) float64) func(*ranking) float64 {
	return func(r *ranking) float64 { return math.Log(max(value(r), least)) }
}
