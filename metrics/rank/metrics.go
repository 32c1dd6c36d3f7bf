package rank

import "math"

// score is a metric as a function of the ranks of all relevant items. The ranks ascend from 1, and there
// is at least one. The metric falls with every rank, so its extremes over ties come from the extreme
// ranks.
type score struct {
	of    func(ranks []int32) float64
	first int // number of leading ranks that it depends on; everyRank means all
}

const everyRank = 1 << 30

// Names lists the metrics, as trec_eval defines them:
//   - R@K is 1 if a relevant item is among the first K, else 0: success_K of trec_eval, what
//     the CLIP literature calls recall@K.
//   - MAP is average precision over all relevant items (map).
//   - MRR is the reciprocal rank of the first relevant item in the whole list (recip_rank).
//   - nDCG@10 has gain 1 for relevant items, discount log2(rank+1) and an ideal list that is
//     also cut at 10 (ndcg_cut_10).
func Names() []string {
	return []string{"R@1", "R@5", "R@10", "MAP", "MRR", "nDCG@10"}
}

// Convention says how a metric counts, and whose definition it follows; "" for an unknown one.
func Convention(name string) string {
	switch name {
	case "R@1", "R@5", "R@10":
		return "any relevant item in the first K (CLIP_benchmark, open_clip; success_K of trec_eval)"
	case "MAP":
		return "trec_eval map"
	case "MRR":
		return "trec_eval recip_rank"
	case "nDCG@10":
		return "trec_eval ndcg_cut_10"
	}
	return ""
}

// Known tells whether name is one of Names.
func Known(name string) bool { return scoreOf(name).of != nil }

func scoreOf(name string) score {
	switch name {
	case "R@1":
		return success(1)
	case "R@5":
		return success(5)
	case "R@10":
		return success(10)
	case "MAP":
		return score{averagePrecision, everyRank}
	case "MRR":
		return score{func(ranks []int32) float64 { return 1 / float64(ranks[0]) }, 1}
	case "nDCG@10":
		return score{ndcg(10), 10}
	}
	return score{}
}

func success(k int32) score {
	return score{func(ranks []int32) float64 {
		if ranks[0] <= k {
			return 1
		}
		return 0
	}, 1}
}

func averagePrecision(ranks []int32) float64 {
	var sum float64
	for i, rank := range ranks {
		sum += float64(i+1) / float64(rank)
	}
	return sum / float64(len(ranks))
}

func ndcg(cut int) func(ranks []int32) float64 {
	gain := make([]float64, cut) // by rank - 1
	for i := range gain {
		gain[i] = 1 / math.Log2(float64(i+2))
	}
	return func(ranks []int32) float64 {
		var sum, ideal float64
		for i, rank := range ranks[:min(cut, len(ranks))] {
			ideal += gain[i]
			if int(rank) <= cut {
				sum += gain[rank-1]
			}
		}
		return sum / ideal
	}
}
