package trec

// measures are all known measures, in the order in which trec_eval prints them.
func measures() []measure {
	cuts := []float64{5, 10, 15, 20, 30, 100, 200, 500, 1000}
	shares := []float64{0, .1, .2, .3, .4, .5, .6, .7, .8, .9, 1}
	multiples := []float64{.2, .4, .6, .8, 1, 1.2, 1.4, 1.6, 1.8, 2}
	return []measure{
		{name: "runid", allOnly: true, text: func(*ranking, parameters) string { return "" }},
		{name: "num_q", whole: true, allOnly: true, mean: queryCount, values: one(func(*ranking) float64 { return 1 })},
		total("num_ret", func(r *ranking) float64 { return float64(len(r.rels)) }),
		total("num_rel", func(r *ranking) float64 { return float64(r.relevant) }),
		total("num_rel_ret", func(r *ranking) float64 { return float64(r.found) }),
		single("map", averagePrecision),
		geometric("gm_map", averagePrecision),
		single("Rprec", rPrecision),
		single("bpref", binaryPreference),
		single("recip_rank", reciprocalRank),
		{name: "iprec_at_recall", takes: takesPoints, preset: shares, values: interpolatedPrecision},
		{name: "P", takes: takesCutoffs, preset: cuts, values: precisionAt},
		{name: "relstring", takes: takesNumbers, exact: 1, preset: []float64{10}, text: relevanceString},
		{name: "recall", takes: takesCutoffs, preset: cuts, values: recallAt},
		single("infAP", inferredAP),
		geometric("gm_bpref", binaryPreference),
		{name: "Rprec_mult", takes: takesPoints, preset: multiples, values: multiplesOfR},
		{name: "utility", takes: takesNumbers, exact: 4, preset: []float64{1, -1, 0, 0}, values: utility},
		{name: "11pt_avg", takes: takesNumbers, preset: shares, values: interpolatedMean},
		single("binG", binaryG),
		{name: "G", takes: takesPairs, values: normalisedGain},
		{name: "ndcg", takes: takesPairs, values: ndcg},
		{name: "ndcg_rel", takes: takesPairs, values: ndcgAtRelevant},
		{name: "Rndcg", takes: takesPairs, values: ndcgAtLevels},
		{name: "ndcg_cut", takes: takesCutoffs, preset: cuts, values: ndcgAt},
		{name: "map_cut", takes: takesCutoffs, preset: cuts, values: averagePrecisionAt},
		{name: "relative_P", takes: takesCutoffs, preset: cuts, values: relativePrecisionAt},
		{name: "success", takes: takesCutoffs, preset: []float64{1, 5, 10}, values: successAt},
		single("set_P", func(r *ranking) float64 { return ratio(r.found, len(r.rels)) }),
		single("set_relative_P", func(r *ranking) float64 { return ratio(r.found, min(len(r.rels), r.relevant)) }),
		single("set_recall", func(r *ranking) float64 { return ratio(r.found, r.relevant) }),
		single("set_map", setAP),
		{name: "set_F", takes: takesNumbers, exact: 1, preset: []float64{1}, values: setF},
		total("num_nonrel_judged_ret", judgedNonRelevant),
		{name: "rbp", takes: takesPairs, values: rankBiased},
		{name: "rbp_resid", takes: takesPairs, values: rankBiasedResidual},
		{name: "unj", takes: takesCutoffs, preset: []float64{5, 10, 20}, values: unjudgedAt},
	}
}

// nickname names several measures at once. It is nil for other names.
func nickname(name string) []string {
	basic := []string{"runid", "num_q", "num_ret", "num_rel", "num_rel_ret"}
	switch name {
	case "official":
		return append(basic, "map", "gm_map", "Rprec", "bpref", "recip_rank", "iprec_at_recall", "P")
	case "set":
		return append(basic, "utility", "set_P", "set_recall", "set_relative_P", "set_map", "set_F")
	case "all_trec":
		all := []string{}
		for _, m := range measures() {
			all = append(all, m.name)
		}
		return all
	}
	return nil
}

func single(name string, value func(*ranking) float64) measure {
	return measure{name: name, values: one(value)}
}

func total(name string, value func(*ranking) float64) measure {
	return measure{name: name, values: one(value), whole: true, mean: sum}
}

func geometric(name string, value func(*ranking) float64) measure {
	return measure{name: name, values: one(logged(value)), allOnly: true, mean: geometricMean}
}
