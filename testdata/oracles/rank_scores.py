#!/usr/bin/env -S uv run --script
# /// script
# requires-python = "==3.11.*"
# dependencies = ["numpy==2.4.6", "pytrec_eval-terrier==0.5.11"]
# ///
"""Retrieval scores by trec_eval's own C code and, separately, by numpy.

    uv run --script rank_scores.py < FILE

reads one query per line, {"ids": [...], "sims": [...], "relevant": [...]}, and prints for each {"trec": [...], "numpy": [...]},
the values of R@1 R@5 R@10 MAP MRR nDCG@10. trec_eval keeps similarities as float32: give it such as fit.
"""
import json
import sys

import numpy as np
import pytrec_eval

MEASURES = ["success_1", "success_5", "success_10", "map", "recip_rank", "ndcg_cut_10"]


def trec(ids, sims, relevant):
    qrels = {"q": {i: int(r) for i, r in zip(ids, relevant)}}
    names = {"success.1,5,10", "map", "recip_rank", "ndcg_cut.10"}
    values = pytrec_eval.RelevanceEvaluator(qrels, names).evaluate({"q": dict(zip(ids, sims))})["q"]
    return [values[m] for m in MEASURES]


def by_numpy(ids, sims, relevant):
    order = sorted(range(len(ids)), key=lambda i: ids[i].encode(), reverse=True)
    order.sort(key=lambda i: -sims[i])
    hit = np.array([relevant[i] for i in order], dtype=float)
    if not hit.any():
        return [0.0] * len(MEASURES)
    rank = np.arange(1, len(hit) + 1)
    precision = np.cumsum(hit) / rank
    discount = 1 / np.log2(rank + 1)
    ideal = discount[:min(10, int(hit.sum()))].sum()
    success = [float(hit[:k].any()) for k in (1, 5, 10)]
    return success + [(precision * hit).sum() / hit.sum(), 1 / rank[hit > 0][0], (hit * discount)[:10].sum() / ideal]


for line in sys.stdin:
    case = json.loads(line)
    args = case["ids"], case["sims"], case["relevant"]
    print(json.dumps({"trec": trec(*args), "numpy": [float(v) for v in by_numpy(*args)]}))
