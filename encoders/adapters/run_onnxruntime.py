#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["onnxruntime==1.32.0", "numpy==2.4.6"]
# ///
"""ONNX files in onnxruntime's own Python wheel.

    uv run --script run_onnxruntime.py --model FOLDER --provider cpu [--option K=V]
"""
import serve  # noqa: F401 (first: what comes after takes seconds)

import onnxserve

if __name__ == "__main__":
    onnxserve.main(__doc__, "the wheel onnxruntime 1.32.0")
