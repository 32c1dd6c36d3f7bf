#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.15.0", "torchvision==0.29.2", "transformers==5.23.0", "numpy==2.4.6", "safetensors==0.8.0"]
# ///
"""transformers' CLIPModel through torch.compile: TorchDynamo and TorchInductor.

    uv run --script run_torch_compile.py --model FOLDER [--provider cpu|cuda] [--precision ...] [--option mode=reduce-overhead]

Both towers are compiled for any batch size, and run once, before the server is ready; this counts as loading. Inductor calls a C++
compiler for CPUs and Triton for GPUs.
"""
import serve

serve.refuse_without_gpu()

import shutil

import numpy as np
import torch

import towers


def main():
    o = serve.arguments(__doc__, ("mode",))
    if o.provider == "cpu" and not (shutil.which("g++") or shutil.which("clang++")):
        serve.unavailable("torch.compile needs a C++ compiler for CPUs: install g++, such as with apt install g++")
    served = towers.prepare(o, lambda: towers.Transformers(towers.load_transformers(o.model)), towers.Closed)
    clip = served.clip
    for tower in ("image", "text"):
        setattr(clip, tower, torch.compile(getattr(clip, tower), dynamic=True, mode=o.option.get("mode")))
    for n in (o.batch, 3):
        served.image(np.zeros((n, 3, served.size, served.size), np.float32))
        served.text(np.full((n, clip.context), towers.EOT, np.int64))
    serve.serve(served)


if __name__ == "__main__":
    main()
