#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.10"
# dependencies = ["opencv-python-headless==5.0.0.93", "numpy==2.4.6"]
# ///
"""OpenCV as a peer of fastclip bench preprocess --peer, on one thread.

    uv run --script opencv_peer.py IMAGE

speaks as pillow_peer.py does. Its pictures are not exact: it decodes to three channels, and its cubic filter does not antialias.
"cubic, crop" resizes the short side to 224, "squash" both sides; both are what stands in original_clip's place, up to the normalised
tensor. The decoded picture's BGR is put in order after the crop, which is the cheapest place.
"""
import json
import sys
import time

import cv2
import numpy as np

MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
SCALE, SHIFT = 1 / (255 * STD), MEAN / STD


def normalise(im):
    x = im[..., ::-1].astype(np.float32)
    x *= SCALE
    x -= SHIFT
    return np.ascontiguousarray(x.transpose(2, 0, 1))


def crop(im, size=224):
    h, w = im.shape[:2]
    nw, nh = (size, int(size * h / w)) if w <= h else (int(size * w / h), size)
    im = cv2.resize(im, (nw, nh), interpolation=cv2.INTER_CUBIC)
    top, left = int(round((nh - size) / 2.0)), int(round((nw - size) / 2.0))
    return normalise(im[top : top + size, left : left + size])


def main():
    cv2.setNumThreads(1)
    with open(sys.argv[1], "rb") as f:
        data = np.frombuffer(f.read(), np.uint8)
    im = cv2.imdecode(data, cv2.IMREAD_COLOR)
    jobs = {
        "decode": lambda: cv2.imdecode(data, cv2.IMREAD_COLOR),
        "cubic, crop": lambda: crop(im),
        "squash": lambda: normalise(cv2.resize(im, (224, 224), interpolation=cv2.INTER_CUBIC)),
    }
    against = {"cubic, crop": "original_clip", "squash": "original_clip"}
    print(json.dumps({"name": f"OpenCV {cv2.__version__}", "jobs": ["decode"], "against": against}), flush=True)
    for line in sys.stdin:
        begin = time.perf_counter()
        jobs[line.strip()]()
        print((time.perf_counter() - begin) * 1000, flush=True)


if __name__ == "__main__":
    main()
