#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "onnxruntime==1.32.0"]
# ///
"""ONNX Runtime alone, with the batches of a retrieval run of fastclip: ort_towers.py FOLDER SHARD [SUFFIX].

FOLDER has image<SUFFIX>.onnx and text<SUFFIX>.onnx, SHARD is a tar file of pictures (.jpg) and captions (.txt, one a line).
It loads both models beside each other. Then it runs them on as many tensors as there are pictures, 32 a call, and on the ids of
the distinct captions, which `fastclip tokenize` makes: 64 a call, the longest first, cut to the longest of the call. Two calls of
one thread run at once, pictures first. It prints the seconds of loading and of all calls, and the CPU seconds of both.
"""
import json
import subprocess
import sys
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime as ort

PICTURES, TEXTS, CALLS = 32, 64, 2
folder, shard = sys.argv[1:3]
suffix = sys.argv[3] if len(sys.argv) > 3 else ""
captions, pictures = [], 0
with tarfile.open(shard) as tar:
    for member in tar:
        pictures += member.name.endswith(".jpg")
        if member.name.endswith(".txt"):
            captions += tar.extractfile(member).read().decode().splitlines()
texts = "".join(f"{line}\n" for line in dict.fromkeys(captions))
said = subprocess.run(["fastclip", "tokenize"], input=texts, capture_output=True, text=True, check=True).stdout
rows = [json.loads(line) for line in said.splitlines()]
rows = sorted((row[: row.index(max(row)) + 1] for row in rows), key=len, reverse=True)
options = ort.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1


def load(tower):
    return ort.InferenceSession(f"{folder}/{tower}{suffix}.onnx", options, providers=["CPUExecutionProvider"])


def run(job):
    session, value = job
    return session.run(None, {session.get_inputs()[0].name: value})


with ThreadPoolExecutor(CALLS) as pool:
    began, before = time.perf_counter(), time.process_time()
    image, text = pool.map(load, ["image", "text"])
    loaded = time.perf_counter()
    pixels = np.random.default_rng(0).standard_normal((pictures, 3, 224, 224), dtype=np.float32)
    jobs = [(image, pixels[i : i + PICTURES]) for i in range(0, pictures, PICTURES)]
    for part in (rows[i : i + TEXTS] for i in range(0, len(rows), TEXTS)):
        jobs.append((text, np.array([row + [0] * (len(part[0]) - len(row)) for row in part], dtype=np.int64)))
    made = time.perf_counter()
    list(pool.map(run, jobs))
    done = time.perf_counter()
print(f"{loaded - began:.2f} {done - made:.2f} {time.process_time() - before:.2f}")
print(f"{pictures} pictures, {len(rows)} of {len(captions)} captions, {len(rows[-1])} to {len(rows[0])} ids", file=sys.stderr)
