#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.15.0", "torchvision==0.29.2", "transformers==5.23.0", "numpy==2.4.6", "safetensors==0.8.0"]
# ///
"""transformers' CLIPModel in PyTorch.

    uv run --script run_transformers.py --model FOLDER [--provider cpu|cuda] [--precision fp32|fp16|bf16|autocast]

FOLDER holds a checkpoint of transformers or of open_clip. On a CPU in fp32 and on a GPU in fp16 it is what clip.load gives.
"""
import serve

serve.refuse_without_gpu()

import towers


def main():
    o = serve.arguments(__doc__)
    serve.serve(towers.prepare(o, lambda: towers.Transformers(towers.load_transformers(o.model))))


if __name__ == "__main__":
    main()
