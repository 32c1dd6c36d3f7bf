#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["deepspeed==0.19.8", "torch==2.15.0", "torchvision==0.29.2", "transformers==5.23.0", "numpy==2.4.6", "safetensors==0.8.0"]
#
# [tool.uv.extra-build-dependencies]
# deepspeed = ["torch==2.15.0"]
# ///
"""transformers' CLIPModel through DeepSpeed's inference engine.

    uv run --script run_deepspeed.py --model FOLDER [--provider cpu|cuda] [--precision fp32|fp16]

On a GPU, DeepSpeed's kernels replace the layers. On a CPU it has none for CLIP, and the engine runs PyTorch's layers.
"""
import serve

serve.refuse_without_gpu()

import os
import sys

import torch

import towers


def main():
    o = serve.arguments(__doc__)
    os.environ.setdefault("DS_ACCELERATOR", o.provider)
    stdout, sys.stdout = sys.stdout, sys.stderr  # it logs to stdout
    served = towers.prepare(o, lambda: towers.Transformers(towers.load_transformers(o.model)), towers.Closed)
    try:
        import deepspeed
    except Exception as e:
        serve.unavailable(f"DeepSpeed does not start on this machine: {type(e).__name__}: {' '.join(str(e).split())}: see ds_report")
    model = served.clip.model
    engine = deepspeed.init_inference(model, dtype=served.cast, replace_with_kernel_inject=o.provider == "cuda", tensor_parallel={"tp_size": 1})
    served.clip.model = engine.module
    served.version = f"{deepspeed.__version__} torch {torch.__version__}"
    sys.stdout = stdout
    serve.serve(served)


if __name__ == "__main__":
    main()
