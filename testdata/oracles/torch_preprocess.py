#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.10"
# dependencies = ["torch==2.15.0", "torchvision==0.29.2", "transformers==5.23.0", "pillow==13.0.0", "numpy==2.4.6"]
# ///
"""Preprocesses generated pictures of many sizes with torch and with Hugging Face's processors.

    uv run --script torch_preprocess.py --out DIR --configs FILE [--count 30]

writes DIR/<n>.png and DIR/<n>.<pipeline>.f32, float32: script_based (a float tensor, antialiased bicubic, centre
crop, normalise), hf_processor (CLIPImageProcessor) and siglip (SiglipImageProcessor), and one for each config of FILE.
"""
import argparse
import json
import os
import random

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import functional as F
import transformers
from transformers import CLIPImageProcessor, SiglipImageProcessor

MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
SIDES = [1, 2, 7, 100, 223, 224, 225, 300, 333, 448, 640, 1000, 2162]


def script_based(im):
    x = F.to_tensor(im)
    x = F.resize(x, 224, F.InterpolationMode.BICUBIC, antialias=True)
    return F.normalize(F.center_crop(x, 224), MEAN, STD)


def processor(c):
    """Returns transformers' processor for a config: with torch, which is the default, or without it for filters that torch does not have."""
    kind = c["image_processor_type"]
    return getattr(transformers, kind + "Pil" if c.get("resample") in (4, 5) else kind)(**c)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--out", required=True)
    p.add_argument("--count", type=int, default=30)
    p.add_argument("--configs", required=True, help="a JSON object of preprocessor_config.json files by name")
    o = p.parse_args()
    r, clip, siglip = random.Random(0), CLIPImageProcessor(), SiglipImageProcessor()
    with open(o.configs) as f:
        configs = {name: processor(c) for name, c in json.load(f).items()}
    for i in range(o.count):
        g = np.random.default_rng(i)
        w, h = r.choice(SIDES), r.choice(SIDES)
        if max(w, h) > 100 * min(w, h):
            w = h
        a = g.integers(0, 256, (h, w, 3)) if i % 2 else np.add.outer(np.arange(h) * 3, np.arange(w))[..., None] * [1, 2, 3] % 256
        im = Image.fromarray(a.astype(np.uint8))
        im.save(os.path.join(o.out, f"{i}.png"))
        outputs = {
            "script_based": script_based(im),
            "hf_processor": clip(im, return_tensors="pt").pixel_values[0],
            "siglip": siglip(im, return_tensors="pt").pixel_values[0],
        }
        outputs |= {name: p(im, return_tensors="pt").pixel_values[0] for name, p in configs.items()}
        for name, x in outputs.items():
            x.numpy().astype("<f4").tofile(os.path.join(o.out, f"{i}.{name}.f32"))


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
