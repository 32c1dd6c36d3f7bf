package trec

// rankBiased is Moffat and Zobel's rank-biased precision. It scales gains below 0 or above 1 into that
// range, and always treats 0 and 1 as reached.
func rankBiased(r *ranking, p parameters, out []float64) {
	g := newGains(r, p)
	low, high := 0.0, 1.0
	for _, gain := range g.of {
		low, high = min(low, gain), max(high, gain)
	}
	sum, weight, persistence := 0.0, 1.0, p.persistence()
	for _, rel := range r.rels {
		gain, known := g.of[rel]
		if known && (low < 0 || high > 1) {
			gain = (gain - low) / (high - low)
		}
		sum += float64(gain * weight)
		weight *= persistence
	}
	out[0] = (1 - persistence) * sum
}

// rankBiasedResidual is how much higher rank-biased precision could be if all unjudged documents had the
// highest gain.
func rankBiasedResidual(r *ranking, p parameters, out []float64) {
	sum, weight, persistence, any := 0.0, 1.0, p.persistence(), false
	for _, rel := range r.rels {
		if rel < 0 {
			sum, any = sum+weight, true
		}
		weight *= persistence
	}
	if any {
		missed := (1 - persistence) * sum
		out[0] = weight + missed
	}
}
