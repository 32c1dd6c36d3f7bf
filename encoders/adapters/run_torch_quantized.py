#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.15.0", "torchvision==0.29.2", "transformers==5.23.0", "numpy==2.4.6", "safetensors==0.8.0"]
# ///
"""transformers' CLIPModel with PyTorch's dynamic quantization: Linear layers in int8, activations scaled per batch.

    uv run --script run_torch_quantized.py --model FOLDER
"""
import serve

import torch
from torch.ao.quantization import quantize_dynamic

import towers


def main():
    o = serve.arguments(__doc__)
    if o.provider != "cpu":
        serve.unavailable("PyTorch's dynamic quantization runs on CPUs only: give provider cpu")
    if o.precision != "int8":
        raise SystemExit(f"precision {o.precision}: this computes in int8")
    clip = towers.Transformers(towers.load_transformers(o.model))
    clip.model = quantize_dynamic(clip.model, {torch.nn.Linear}, dtype=torch.qint8)
    o.precision = "fp32"  # of the layers that are not quantized
    serve.serve(towers.prepare(o, lambda: clip))


if __name__ == "__main__":
    main()
