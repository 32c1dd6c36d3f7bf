#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["onnxruntime-gpu[cuda,cudnn]==1.31.1", "tensorrt-cu12==11.4.0.106", "numpy==2.4.6"]
# ///
"""ONNX files in onnxruntime's GPU wheel, with the wheels of CUDA, cuDNN and TensorRT: providers cuda and tensorrt.

    uv run --script run_onnxruntime_gpu.py --model FOLDER --provider tensorrt [--option K=V]
"""
import serve  # noqa: F401 (first: what comes after takes seconds)

import ctypes
import pathlib
import shutil
import site

if not shutil.which("nvidia-smi") and not pathlib.Path("/proc/driver/nvidia").exists():
    import sys

    if "--help" not in sys.argv:
        serve.unavailable("there is no NVIDIA driver on this machine: run it where there is a GPU with its driver")
for folder in site.getsitepackages():  # loaders do not look where TensorRT's libraries are
    for lib in sorted(pathlib.Path(folder, "tensorrt_libs").glob("libnvinfer*.so.*")):
        ctypes.CDLL(str(lib), ctypes.RTLD_GLOBAL)

import onnxserve

if __name__ == "__main__":
    onnxserve.main(__doc__, "the wheel onnxruntime-gpu 1.31.1")
