#!/usr/bin/env -S uv run --script
# /// script
# requires-python = "==3.11.*"
# dependencies = ["numpy==2.4.6", "pytrec_eval-terrier==0.5.11"]
# ///
"""trec_eval's measures by its own C code (release 9.0), query by query, and their averages.

    uv run --script trec_eval.py < FILE

reads one case per line, {"qrels": {query: {document: judgement}}, "run": {query: {document: score}}, "level": N,
"complete": bool, "params": ["P.1,3"]}, and prints for each {"queries": {query: {measure: value}}, "all": {measure: value}}. The averages are
Python's, as trec_eval's sources describe them; gm_map and gm_bpref of a query are logarithms.
"""
import json
import math
import sys

import pytrec_eval

TEXTS = {"runid", "relstring"}


def summary(name, values):
    total = 0.0
    for v in values:  # one by one, as in C; Python's sum is more exact
        total += v
    if name == "num_q":
        return len(values)
    if name.startswith("gm_"):
        return math.exp(total / len(values))
    return total if name.startswith("num_") else total / len(values)


def left_out(name, relevant):
    """Returns the value of a query that the run leaves out."""
    if name.startswith("gm_"):
        return math.log(0.00001)
    return relevant if name == "num_rel" else 0


for line in sys.stdin:
    case = json.loads(line)
    qrels, run, level = case["qrels"], case["run"], case["level"]
    params = case["params"] or []
    measures = (pytrec_eval.supported_measures - TEXTS - {p.split(".")[0] for p in params}) | set(params)
    # a new evaluator for each query, because the C code keeps numbers of the previous query
    queries = {}
    for q in sorted(qrels.keys() & run.keys()):
        one = pytrec_eval.RelevanceEvaluator({q: qrels[q]}, measures, relevance_level=level)
        queries[q] = one.evaluate({q: run[q]})[q]
    left = {q: sum(rel >= level for rel in qrels[q].values()) for q in qrels if q not in queries} if case["complete"] else {}
    counted = sorted(queries.keys() | left.keys(), key=str.encode)
    everything = {
        name: summary(name, [left_out(name, left[q]) if q in left else queries[q][name] for q in counted])
        for name in next(iter(queries.values()))
    }
    print(json.dumps({"queries": queries, "all": everything}))
