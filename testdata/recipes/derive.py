#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "onnx==1.23.2", "onnxruntime==1.32.0", "sympy==1.14.0"]
# ///
"""Derives the variants of a model folder's image.onnx and text.onnx, through ONNX Runtime's own tools.

    uv run --script derive.py ../models/mini

writes beside each tower: NAME.fp16.onnx (weights and arithmetic in fp16, inputs and outputs as before), NAME.int8.onnx and
NAME.int8-channel.onnx (dynamic quantization of MatMul weights, one scale a tensor or a channel), and NAME.optimised.onnx (onnxruntime's
transformers optimiser: fused layer norms and QuickGELU). Prints each one's largest difference to the original on noise.
"""
import argparse
import logging
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import float16, optimizer
from onnxruntime.transformers.fusion_options import FusionOptions


def fp16(source, target):
    onnx.save(float16.convert_float_to_float16(onnx.load(source), keep_io_types=True), target)


def int8(source, target, per_channel):
    quantize_dynamic(source, target, per_channel=per_channel, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"])


def optimised(source, target):
    options = FusionOptions("clip")
    model = optimizer.optimize_model(str(source), model_type="clip", num_heads=4, hidden_size=128, optimization_options=options, opt_level=0)
    print(source.name, {k: v for k, v in model.get_fused_operator_statistics().items() if v})
    model.save_model_to_file(str(target))


def run(path, feed):
    return ort.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, feed)[0]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=Path)
    folder = p.parse_args().folder
    logging.disable(logging.WARNING)
    r = np.random.default_rng(0)
    ids = np.zeros((4, 77), np.int64)
    ids[:, 0], ids[:, 1:9], ids[:, 9] = 49406, r.integers(0, 49406, (4, 8)), 49407
    for tower, feed in (("image", {"pixel_values": r.normal(size=(4, 3, 224, 224)).astype(np.float32)}), ("text", {"input_ids": ids})):
        source = folder / f"{tower}.onnx"
        want = run(source, feed)
        for name, make in (
            ("fp16", fp16), ("int8", lambda s, t: int8(s, t, False)), ("int8-channel", lambda s, t: int8(s, t, True)), ("optimised", optimised),
        ):
            target = folder / f"{tower}.{name}.onnx"
            make(source, target)
            got = run(target, feed)
            assert got.dtype == np.float32 and got.shape == want.shape
            print(f"{target.name}: {target.stat().st_size} bytes, mean |a-b| {np.abs(got - want).mean():.2e}, largest {np.abs(got - want).max():.2e}")


if __name__ == "__main__":
    main()
