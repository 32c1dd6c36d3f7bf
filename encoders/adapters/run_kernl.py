#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.9"
# dependencies = ["torch==2.15.0", "torchvision==0.29.2", "transformers==5.23.0", "numpy==2.4.6", "safetensors==0.8.0"]
# ///
"""transformers' CLIPModel through kernl (ELS-RD/kernl), Triton kernels for GPUs of compute capability 8 and more.

    uv run --script run_kernl.py --model FOLDER --provider cuda

kernl is not on PyPI, where another project has that name. Install it from its own repository into a Python, and name that Python with
FASTCLIP_PYTHON_KERNL.
"""
import serve

import importlib.util

import torch

import towers

CAPABILITY = (8, 0)
INSTALL = ("install ELS-RD/kernl from its repository into a Python of its own, with what the head of run_kernl.py names, and set "
           "FASTCLIP_PYTHON_KERNL to that Python; PyPI's kernl is another project")


def main():
    o = serve.arguments(__doc__)
    missing = []
    if not torch.cuda.is_available():
        missing.append("an NVIDIA GPU of compute capability 8.0 or more (Ampere)")
    elif torch.cuda.get_device_capability() < CAPABILITY:
        missing.append(f"a GPU of compute capability 8.0 or more: {torch.cuda.get_device_name()} has {'.'.join(map(str, torch.cuda.get_device_capability()))}")
    try:
        found = importlib.util.find_spec("kernl.model_optimization") is not None  # the other project of that name has no such module
    except ModuleNotFoundError:
        found = False
    if not found:
        missing.append("kernl itself: " + INSTALL)
    if missing:
        serve.unavailable("kernl misses " + "; and ".join(missing))
    from kernl.model_optimization import optimize_model

    o.provider = "cuda"
    served = towers.prepare(o, lambda: towers.Transformers(towers.load_transformers(o.model)), towers.Closed)
    served.auto = o.precision != "fp16"  # its kernels compute in fp16; with fp32 weights under autocast
    for part in (served.clip.model.vision_model, served.clip.model.text_model):
        optimize_model(part)
    serve.serve(served)


if __name__ == "__main__":
    main()
