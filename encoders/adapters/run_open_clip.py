#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.15.0", "torchvision==0.29.2", "open_clip_torch==3.3.0", "transformers==5.23.0", "timm==1.0.31", "numpy==2.4.6", "safetensors==0.8.0"]
# ///
"""open_clip in PyTorch.

    uv run --script run_open_clip.py --model FOLDER [--provider cpu|cuda] [--precision fp32|fp16|bf16|autocast]

FOLDER holds a checkpoint of open_clip or of transformers.
"""
import serve

serve.refuse_without_gpu()

import towers


def main():
    o = serve.arguments(__doc__)
    serve.serve(towers.prepare(o, lambda: towers.OpenClip(towers.load_open_clip(o.model)[0])))


if __name__ == "__main__":
    main()
