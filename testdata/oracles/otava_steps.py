#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["apache-otava==0.8.0", "numpy==2.2.6", "scipy==1.15.3"]
#
# [tool.uv]
# # What its importers and reporters need, which change point detection does not.
# override-dependencies = [
#   "numpy==2.2.6", "scipy==1.15.3",
#   "dateparser; sys_platform == 'never'", "python-dateutil; sys_platform == 'never'", "ruamel-yaml; sys_platform == 'never'",
#   "requests; sys_platform == 'never'", "pystache; sys_platform == 'never'", "tabulate; sys_platform == 'never'",
#   "validators; sys_platform == 'never'", "slack-sdk; sys_platform == 'never'", "google-cloud-bigquery; sys_platform == 'never'",
#   "pg8000; sys_platform == 'never'", "configargparse; sys_platform == 'never'", "pytz; sys_platform == 'never'",
#   "expandvars; sys_platform == 'never'", "signal-processing-algorithms; sys_platform == 'never'",
# ]
# ///
"""Finds the change points of series with Apache Otava, the code of Hunter (Fleming and others, ICPE 2023).

    uv run --script otava_steps.py < cases.json

Reads a JSON array of {"x": [...], "window": W, "max_p": P, "magnitude": M}; prints a JSON array with, for each, a
list of [index, p].
"""
import json
import sys
import warnings

from otava.analysis import compute_change_points

warnings.simplefilter("ignore")
out = []
for case in json.load(sys.stdin):
    points, _ = compute_change_points(
        case["x"], window_len=case["window"], max_pvalue=case["max_p"], min_magnitude=case["magnitude"])
    out.append([[int(p.index), float(p.stats.pvalue)] for p in points])
json.dump(out, sys.stdout)
