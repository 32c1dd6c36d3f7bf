#!/usr/bin/env -S uv run --script
# /// script
# requires-python = "==3.11.*"
# dependencies = ["numpy==2.4.6"]
# ///
"""What numpy says of |a-b|.

    uv run --script abs_diff.py < FILE

reads one JSON object per line, {"a": [...], "b": [...]} of float32 values, and prints one with mean, max, p99 (nearest rank)
and n of the differences taken in float64. The mean is of the exact sum.
"""
import json
import math
import sys

import numpy as np

for line in sys.stdin:
    case = json.loads(line)
    a, b = (np.array(case[k], dtype=np.float32).astype(np.float64) for k in "ab")
    d = np.sort(np.abs(a - b))
    rank = -(-99 * len(d) // 100)
    print(json.dumps({"mean": math.fsum(d) / len(d), "max": d.max(), "p99": d[rank - 1], "n": len(d)}))
