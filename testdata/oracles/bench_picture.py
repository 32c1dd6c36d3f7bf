#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.10"
# dependencies = ["pillow==13.0.0", "numpy==2.4.6"]
# ///
"""Draws the two pictures of the bench task: a PNG of 2162x762 with alpha and a JPEG of 640x425, the sizes of the research notes.

    uv run --script bench_picture.py OUT.png OUT.jpg
"""
import sys

import numpy as np
from PIL import Image


def drawn(w, h):
    y, x = np.mgrid[0:h, 0:w]
    ring = ((x - w // 2) ** 2 + (y - h // 2) ** 2) // 97 % 256
    alpha = np.clip(255 - (abs(x - w // 2) + abs(y - h // 2) - (w + h) * 9 // 20), 0, 255)
    return np.stack([255 * x // w, ring, 255 * y // h, alpha], -1).astype(np.uint8)


Image.fromarray(drawn(2162, 762)).save(sys.argv[1])
Image.fromarray(drawn(640, 425)[..., :3]).save(sys.argv[2], quality=90)
