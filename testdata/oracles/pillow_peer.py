#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.10"
# dependencies = ["pillow==13.0.0", "numpy==2.4.6"]
# ///
"""The real Pillow as the peer of fastclip bench preprocess --peer.

    uv run --script pillow_peer.py IMAGE

writes a line of JSON: name, and jobs, which are decode and the pipelines that it knows. Then it does each job that it reads, a line
each, and writes the milliseconds that it took: decode the file in memory, or resize, crop and normalise the decoded picture.
"""
import io
import json
import sys
import time

import numpy as np
import PIL
from PIL import Image

MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)[:, None, None]
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)[:, None, None]


def decode(data):
    im = Image.open(io.BytesIO(data))
    im.load()
    return im


def preprocess(im, size=224):
    w, h = im.size
    nw, nh = (size, int(size * h / w)) if w <= h else (int(size * w / h), size)
    im = im.resize((nw, nh), Image.Resampling.BICUBIC)
    top, left = int(round((nh - size) / 2.0)), int(round((nw - size) / 2.0))
    u8 = np.asarray(im.crop((left, top, left + size, top + size)).convert("RGB"))
    return (u8.transpose(2, 0, 1).astype(np.float32) / np.float32(255) - MEAN) / STD


def main():
    with open(sys.argv[1], "rb") as f:
        data = f.read()
    im = decode(data)
    jobs = {
        "decode": lambda: decode(data),
        "original_clip": lambda: preprocess(im),
        "rgb_conversion": lambda: preprocess(im.convert("RGB")),
        "grey_conversion": lambda: preprocess(im.convert("L")),
    }
    print(json.dumps({"name": f"Pillow {PIL.__version__}", "jobs": list(jobs)}), flush=True)
    for line in sys.stdin:
        begin = time.perf_counter()
        jobs[line.strip()]()
        print((time.perf_counter() - begin) * 1000, flush=True)


if __name__ == "__main__":
    main()
