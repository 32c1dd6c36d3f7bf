#!/usr/bin/env -S uv run --script
# /// script
# requires-python = "==3.11.*"
# dependencies = ["numpy==2.4.6", "pytrec_eval-terrier==0.5.11"]
# ///
"""trec_eval's measures by its own C code (release 9.0), query by query, and their averages.

    uv run --script trec_eval.py < FILE

reads a case a line, {"qrels": {query: {document: judgement}}, "run": {query: {document: score}}, "level": N,
"complete": bool, "params": ["P.1,3"]}, and prints for each {"queries": {query: {measure: value}}, "all": {measure: value}}. The averages are
Python's, as trec_eval's sources describe them; gm_map and gm_bpref of a query are logarithms.
"""
import json
import math
import sys

import pytrec_eval

TEXTS = {"runid", "relstring"}


def summary(name, values, judged, missing, relevant):
    if name == "num_q":
        return judged
    if name.startswith("gm_"):
        return math.exp((sum(values) + missing * math.log(0.00001)) / judged)
    if name.startswith("num_"):
        return sum(values) + (relevant if name == "num_rel" else 0)
    return sum(values) / judged


for line in sys.stdin:
    case = json.loads(line)
    qrels, run, level = case["qrels"], case["run"], case["level"]
    params = case["params"] or []
    measures = (pytrec_eval.supported_measures - TEXTS - {p.split(".")[0] for p in params}) | set(params)
    # an evaluator for each query, because the C code keeps numbers of the query before
    queries = {}
    for q in sorted(qrels.keys() & run.keys()):
        one = pytrec_eval.RelevanceEvaluator({q: qrels[q]}, measures, relevance_level=level)
        queries[q] = one.evaluate({q: run[q]})[q]
    left = [q for q in qrels if q not in queries] if case["complete"] else []
    relevant = sum(rel >= level for q in left for rel in qrels[q].values())
    names = next(iter(queries.values()))
    everything = {
        name: summary(name, [queries[q][name] for q in sorted(queries, key=str.encode)], len(queries) + len(left), len(left), relevant)
        for name in names
    }
    print(json.dumps({"queries": queries, "all": everything}))
