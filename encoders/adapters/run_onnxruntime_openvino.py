#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["onnxruntime-openvino==1.24.1", "numpy==2.4.6"]
# ///
"""ONNX files in onnxruntime with Intel's OpenVINO: the wheel onnxruntime-openvino, whose library is too old for fastclip's own runtime.

    uv run --script run_onnxruntime_openvino.py --model FOLDER --provider openvino [--option K=V]
"""
import serve  # noqa: F401 (first: what comes after takes seconds)

import onnxserve

if __name__ == "__main__":
    onnxserve.main(__doc__, "the wheel onnxruntime-openvino 1.24.1")
