#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "onnxruntime==1.32.0"]
# ///
"""ONNX Runtime alone as the peer of `fastclip bench throughput`: ort_alone.py MODEL IMAGES BATCH THREADS CALLS.

Runs the image model on IMAGES tensors that are there already, BATCH a call, THREADS a call, CALLS at once, once for each
line on stdin, and answers with the seconds.
"""
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime as ort

model, (images, batch, threads, calls) = sys.argv[1], map(int, sys.argv[2:])
options = ort.SessionOptions()
options.intra_op_num_threads = threads
options.inter_op_num_threads = 1
session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
entry = session.get_inputs()[0]
side = entry.shape[-1] if isinstance(entry.shape[-1], int) else 224
pixels = np.random.default_rng(0).standard_normal((images, 3, side, side), dtype=np.float32)
batches = [pixels[i : i + batch] for i in range(0, images, batch)]
with ThreadPoolExecutor(calls) as pool:
    for _ in sys.stdin:
        start = time.perf_counter()
        list(pool.map(lambda part: session.run(None, {entry.name: part}), batches))
        print(time.perf_counter() - start, flush=True)
