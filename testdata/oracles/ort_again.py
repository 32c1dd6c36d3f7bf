#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "onnxruntime==1.32.0"]
# ///
"""ONNX Runtime alone on the calls of a suite run: ort_again.py TRACE CALLS [default].

TRACE is what a run wrote to the file that FASTCLIP_TRACE names. This program loads the same models as often with the
same options, and then repeats the calls: as many items of the same shapes, in the same order, CALLS at once. It prints
the seconds of both together, the seconds of the loads, and the numbers of models and calls. Inputs are in memory before.
With `default`, sessions have ONNX Runtime's own options in place of the run's: a call uses all cores.
"""
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime as ort

with open(sys.argv[1]) as file:
    lines = [json.loads(line) for line in file]
calls, default = int(sys.argv[2]), sys.argv[3:] == ["default"]
loads = [line for line in lines if "model" in line]
runs = sorted((line for line in lines if "shapes" in line), key=lambda line: (line["process"], line["at"]))
for line in loads:
    if line["model"] == "built in" or line["provider"] != "CPU":
        sys.exit(f"ort_again.py: cannot load {line['model']} on {line['provider']}: want a model's file on the processor")


def load(line):
    options = ort.SessionOptions()
    if default:
        return ort.InferenceSession(line["model"], options, providers=["CPUExecutionProvider"])
    options.intra_op_num_threads = line["threads"]
    options.inter_op_num_threads = 1
    for key, value in line.get("settings", {}).items():
        if "." not in key:
            sys.exit(f"ort_again.py: no such option here: {key}")
        options.add_session_config_entry(key, value)
    return ort.InferenceSession(line["model"], options, providers=["CPUExecutionProvider"])


KINDS = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(uint8)": np.uint8}
made, random = {}, np.random.default_rng(0)


def values(port, kind, shape):
    """Pictures, masks of ones, or rows of ids that end with the largest one, as texts of CLIP do."""
    key = "mask" in port, kind, tuple(shape)
    if key not in made:
        if "float" in kind:
            made[key] = random.standard_normal(shape, dtype=np.float32).astype(KINDS[kind])
        elif "mask" in port:
            made[key] = np.ones(shape, KINDS[kind])
        else:
            made[key] = random.integers(1, 250, shape).astype(KINDS[kind])
            if kind != "tensor(uint8)":
                made[key][..., -1] = 255
    return made[key]


def name(line):
    return line["process"], line["session"]


with ThreadPoolExecutor(calls) as pool:
    start = time.perf_counter()
    sessions = dict(zip(map(name, loads), pool.map(load, loads)))
    loading = time.perf_counter() - start
    feeds = []
    for line in runs:
        ports = sessions[name(line)].get_inputs()
        feeds.append((sessions[name(line)], {port.name: values(port.name, port.type, shape) for port, shape in zip(ports, line["shapes"])}))
    start = time.perf_counter()
    list(pool.map(lambda feed: feed[0].run(None, feed[1]), feeds))
    print(f"{loading + time.perf_counter() - start:.3f} {loading:.3f} {len(loads)} {len(runs)}", flush=True)
