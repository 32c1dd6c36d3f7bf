package trec

func setF(r *ranking, p parameters, out []float64) {
	if r.found == 0 {
		return
	}
	precision, recall, x := ratio(r.found, len(r.rels)), ratio(r.found, r.relevant), p.numbers[0]
	weighed := x * precision
	out[0] = (x + 1) * precision * recall / (weighed + recall)
}

func setAP(r *ranking) float64 {
	if len(r.rels) == 0 || r.relevant == 0 {
		return 0
	}
	found := float64(r.found)
	return found * found / (float64(len(r.rels)) * float64(r.relevant))
}

// utility weighs four counts of documents: relevant retrieved, other retrieved, relevant missed, and
// remaining ones. The collection counts as empty, as in trec_eval without -N.
func utility(r *ranking, p parameters, out []float64) {
	found, got, all := r.found, len(r.rels), r.relevant
	for i, n := range []int{found, got - found, all - found, found - got - all} {
		out[0] += float64(p.numbers[i] * float64(n))
	}
}

// relevanceString shows the judgements of the first documents, one character each.
func relevanceString(r *ranking, p parameters) string {
	n := max(0, min(int(p.numbers[0]), len(r.rels)))
	s := make([]byte, 0, n+2)
	s = append(s, '\'')
	for _, rel := range r.rels[:n] {
		switch {
		case rel > 9:
			s = append(s, '>')
		case rel >= 0:
			s = append(s, '0'+byte(rel))
		case rel == unpooled:
			s = append(s, '-')
		default:
			s = append(s, '.')
		}
	}
	return string(append(s, '\''))
}
