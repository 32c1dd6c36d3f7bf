package trec

// eachCutoff calls at with the index of each cutoff and what the ranking holds up to it: the number of
// relevant documents, and the sum of the precisions at each of them.
func eachCutoff(r *ranking, p parameters, at func(i, cut, found int, precisions float64)) {
	next, found, precisions := 0, 0, 0.0
	for i, rel := range r.rels {
		if i == int(p.numbers[next]) {
			at(next, i, found, precisions)
			if next++; next == len(p.numbers) {
				return
			}
		}
		if r.isRelevant(rel) {
			found++
			precisions += float64(found) / float64(i+1)
		}
	}
	for ; next < len(p.numbers); next++ {
		at(next, int(p.numbers[next]), found, precisions)
	}
}

func precisionAt(r *ranking, p parameters, out []float64) {
	eachCutoff(r, p, func(i, cut, found int, _ float64) { out[i] = ratio(found, cut) })
}

func relativePrecisionAt(r *ranking, p parameters, out []float64) {
	eachCutoff(r, p, func(i, cut, found int, _ float64) { out[i] = ratio(found, min(cut, r.relevant)) })
}

func recallAt(r *ranking, p parameters, out []float64) {
	eachCutoff(r, p, func(i, _, found int, _ float64) { out[i] = ratio(found, r.relevant) })
}

func successAt(r *ranking, p parameters, out []float64) {
	eachCutoff(r, p, func(i, _, found int, _ float64) { out[i] = float64(min(found, 1)) })
}

func averagePrecisionAt(r *ranking, p parameters, out []float64) {
	eachCutoff(r, p, func(i, _, _ int, precisions float64) {
		if r.relevant > 0 {
			out[i] = precisions / float64(r.relevant)
		}
	})
}

func unjudgedAt(r *ranking, p parameters, out []float64) {
	for i, cut := range p.numbers {
		n := 0
		for _, rel := range r.rels[:min(len(r.rels), int(cut))] {
			if rel < 0 {
				n++
			}
		}
		out[i] = ratio(n, int(cut))
	}
}

// ndcgAt takes the judgements themselves as gains, including judgements below the relevance level.
func ndcgAt(r *ranking, p parameters, out []float64) {
	next, sum := 0, 0.0
	for i, rel := range r.rels {
		for ; next < len(p.numbers) && i == int(p.numbers[next]); next++ {
			out[next] = sum
		}
		if rel > 0 {
			sum += float64(rel) / r.log2(i+1)
		}
	}
	for ; next < len(p.numbers); next++ {
		out[next] = sum
	}
	for next, cut := range p.numbers {
		if ideal := idealAt(r, int(cut)); ideal > 0 {
			out[next] /= ideal
		}
	}
}

// idealAt is the discounted gain of the best possible first cut documents.
func idealAt(r *ranking, cut int) (sum float64) {
	rank := 1
	for i := len(r.levels) - 1; i >= 0 && r.levels[i].rel > 0; i-- {
		for range r.levels[i].docs {
			if rank > cut {
				return sum
			}
			sum += float64(r.levels[i].rel) / r.log2(rank)
			rank++
		}
	}
	return sum
}
