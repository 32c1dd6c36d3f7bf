#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6"]
# ///
"""numpy's matrix product as the peer of `fastclip bench scoring`: numpy_matmul.py TEXTS IMAGES DIM.

Multiplies float32 matrices TEXTS x DIM and DIM x IMAGES on as many threads as numpy takes, once for each line on stdin, and
answers with the seconds and the seconds of CPU.
"""
import sys
import time

import numpy as np

texts, images, dim = map(int, sys.argv[1:])
random = np.random.default_rng(0)
a = random.standard_normal((texts, dim), dtype=np.float32)
b = random.standard_normal((images, dim), dtype=np.float32)
out = np.empty((texts, images), dtype=np.float32)
for _ in sys.stdin:
    start, cpu = time.perf_counter(), time.process_time()
    np.matmul(a, b.T, out=out)
    print(time.perf_counter() - start, time.process_time() - cpu, flush=True)
