#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "onnx==1.23.2", "onnxruntime==1.32.0", "sympy==1.14.0"]
# ///
"""Derives variants of a model folder's image.onnx and text.onnx, through ONNX Runtime's own tools.

    uv run --script derive.py ../../testdata/models/mini

writes NAME.KIND.onnx beside each tower, for each of these kinds:
  fp16          weights and arithmetic in fp16, inputs and outputs as before
  int8          dynamic quantization of MatMul weights, one scale per tensor
  int8-channel  the same with one scale per channel
  int8-reduce-range  int8-channel with 7-bit weights, so that sums of two products fit 16 bits
  int8-u8u8     int8-channel with unsigned weights
  int8-smooth   int8-channel after factors that even out the channels of a MatMul's input, computed from the calibration inputs
  int8-static   MatMul weights and activations in 8 bits, with scales from the calibration inputs
  optimised     onnxruntime's transformers optimiser: fused attention, layer norms, QuickGELU
--out FOLDER is the folder for the files. --keep FILE names tensors of products that int8 leaves unchanged, --ops the operators that it
converts, --towers the towers to make.
--samples FOLDER has pixel_values.npy (float32 [N,3,S,S]) and input_ids.npy (int64 [N,L]) of real items, for calibration and comparison.
Without it, noise is used, which int8-static and int8-smooth refuse. Prints one JSON object per file: bytes, mean and largest |a-b| to the
original. If there is a card.json, it gets hashes and differences.
"""
import argparse
import hashlib
import json
import logging
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from onnxruntime.transformers import float16, optimizer
from onnxruntime.transformers.fusion_options import FusionOptions

INPUTS = {"image": "pixel_values", "text": "input_ids"}


def fp16(source, target, *_):
    onnx.save(float16.convert_float_to_float16(onnx.load(source), keep_io_types=True), target)


def named(source, keep):
    """Returns the model, and the names of the nodes that write the tensors of keep. A node without a name gets its tensor's name."""
    if not keep:
        return source, []
    model, names = onnx.load(source), []
    for n in model.graph.node:
        if not set(n.output).isdisjoint(keep):
            n.name = n.name or n.output[0]
            names.append(n.name)
    if len(names) != len(keep):
        raise ValueError(f"{len(keep)} products are to be kept, but {len(names)} were found")
    return model, names


def dynamic(per_channel, reduce_range=False, weight_type=QuantType.QInt8):
    def make(source, target, _, keep, ops):
        source, names = named(source, keep)
        quantize_dynamic(source, target, per_channel=per_channel, reduce_range=reduce_range, weight_type=weight_type, op_types_to_quantize=ops, nodes_to_exclude=names)

    return make


class Samples(CalibrationDataReader):
    """Returns one item at a time, because the calibrator keeps the ranges of every tensor of a call."""

    def __init__(self, name, x):
        self.rows = ({name: x[i : i + 1]} for i in range(len(x)))

    def get_next(self):
        return next(self.rows, None)


def static(source, target, sample, keep, _):
    name, x = sample
    source, names = named(source, keep)
    quantize_static(source, target, Samples(name, x), quant_format=QuantFormat.QDQ, per_channel=True, weight_type=QuantType.QInt8,
                    activation_type=QuantType.QUInt8, op_types_to_quantize=["MatMul"], nodes_to_exclude=names)


WORTH = 0.8  # what is left of the error has to be less than this for an operator more
ROWS = 256  # of a product that the error is judged on
SHARE = 0.55  # of the spread of a channel's size that goes over into the weights


def in8bits(x, low, high, axis=None):
    """Rounds x as dynamic quantization does: to 256 steps from low to high for the whole tensor or, symmetrically, per column of axis."""
    if axis is None:
        low, high = min(low, 0.0), max(high, 0.0)
        step = (high - low) / 255 or 1.0
        zero = np.rint(-low / step)
        return (np.clip(np.rint(x / step) + zero, 0, 255) - zero) * step
    step = np.abs(x).max(axis, keepdims=True) / 127
    step[step == 0] = 1
    return np.rint(x / step) * step


class Seen:
    """What goes into a product: the extremes of each channel, the mean over items of its largest value, and some rows."""

    def __init__(self, items):
        self.items, self.rows, self.mean = items, [], 0.0
        self.low, self.high = np.inf, -np.inf

    def add(self, x):
        x = x.reshape(-1, x.shape[-1])
        self.low, self.high = np.minimum(self.low, x.min(0)), np.maximum(self.high, x.max(0))
        self.mean = self.mean + np.abs(x).max(0) / self.items
        step = max(1, len(x) * self.items // ROWS)
        self.rows.append(x[len(self.rows) % step :: step].copy())


def evened(seen, weights, free):
    """The factors that make a channel of what was seen and its weights about equally large, None where that does not pay. A channel's size is
    between its largest value anywhere, which other items exceed, and the mean of the items' largest values. The share of the spread that goes
    over is the same everywhere: shares found on these inputs are worse on others."""
    size = np.sqrt(np.maximum(np.maximum(seen.high, -seen.low), 1e-5) * np.maximum(seen.mean, 1e-5))
    heavy = np.sqrt(np.mean([np.mean(w**2, 1) for w in weights], 0))
    at = np.concatenate(seen.rows)
    want = [at @ w for w in weights]

    def error(f):
        rounded = in8bits(at / f, (seen.low / f).min(), (seen.high / f).max())
        return sum((((rounded @ in8bits(w * f[:, None], 0, 0, 0)) - t) ** 2).sum() / max((t**2).sum(), 1e-30) for w, t in zip(weights, want))

    f = size**SHARE / np.maximum(heavy, 1e-5) ** (1 - SHARE)
    f = (f / np.exp(np.log(f).mean())).astype(np.float32)
    return f if error(f) < (1 if free else WORTH**2) * error(np.ones_like(f)) else None


def smooth(source, target, sample, keep, ops):
    """Factors come from all products of an input, those in keep included: which products are kept changes no factor."""
    name, x = sample
    model = onnx.load(source)
    graph, known = model.graph, {w.name: w for w in model.graph.initializer}
    groups = {}  # products of one input share its factors
    maker, reads = {}, {}
    for n in graph.node:
        maker |= dict.fromkeys(n.output, n)
        for t in n.input:
            reads[t] = reads.get(t, 0) + 1
        if n.op_type == "MatMul" and n.input[1] in known and len(known[n.input[1]].dims) == 2 and n.input[0] not in known:
            groups.setdefault(n.input[0], []).append(n)
    tapped = onnx.load(source)
    tapped.graph.output.extend(onnx.helper.make_tensor_value_info(t, onnx.TensorProto.FLOAT, None) for t in groups)
    session = ort.InferenceSession(tapped.SerializeToString(), providers=["CPUExecutionProvider"])
    seen = {t: Seen(len(x)) for t in groups}
    for i in range(len(x)):
        for s, values in zip(seen.values(), session.run(list(groups), {name: x[i : i + 1]})):
            s.add(values)
    del session, tapped
    before = []
    for read, products in groups.items():
        from_ = maker.get(read)
        while from_ is not None and from_.op_type == "Cast":
            from_ = maker.get(from_.input[0])
        free = from_ is not None and from_.op_type == "LayerNormalization"  # its scale and bias can take the factors over
        weights = [onnx.numpy_helper.to_array(known[n.input[1]]).astype(np.float32) for n in products]
        if any(reads[n.input[1]] > 1 for n in products) or (f := evened(seen[read], weights, free)) is None:
            continue
        even = read + "_even"
        for n, w in zip(products, weights):
            if not set(n.output).isdisjoint(keep or ()):
                continue
            if not before or before[-1][1].output[0] != even:
                graph.initializer.append(onnx.numpy_helper.from_array(1 / f, even + "_factor"))
                before.append((n.output[0], onnx.helper.make_node("Mul", [read, even + "_factor"], [even], name=even)))
            known[n.input[1]].CopyFrom(onnx.numpy_helper.from_array(w * f[:, None], n.input[1]))
            n.input[0] = even
    before = dict(before)
    nodes = [m for n in graph.node for m in ([before[n.output[0]]] if n.output[0] in before else []) + [n]]
    del graph.node[:]
    graph.node.extend(nodes)
    between = target.with_name(target.name + ".even")
    onnx.save(model, between)
    try:
        dynamic(True)(between, target, sample, keep, ops)
    finally:
        between.unlink()


def heads(folder, tower):
    """Returns (heads, width) from the checkpoint beside the file; with (0, 0) the optimiser finds them itself."""
    for file in ("open_clip_config.json", "config.json"):
        if (folder / file).is_file():
            c = json.loads((folder / file).read_text())
            if "model_cfg" in c:
                part = c["model_cfg"]["vision_cfg" if tower == "image" else "text_cfg"]
                return part.get("heads") or part["width"] // part.get("head_width", 64), part["width"]
            part = c["vision_config" if tower == "image" else "text_config"]
            return part["num_attention_heads"], part["hidden_size"]
    return 0, 0


def optimised(source, target, *_):
    count, width = heads(source.parent, source.name.split(".")[0])
    model = optimizer.optimize_model(str(source), model_type="clip", num_heads=count, hidden_size=width, optimization_options=FusionOptions("clip"), opt_level=0)
    print(source.name, {k: v for k, v in model.get_fused_operator_statistics().items() if v}, file=sys.stderr)
    model.save_model_to_file(str(target))


KINDS = {"fp16": fp16, "int8": dynamic(False), "int8-channel": dynamic(True), "int8-static": static, "int8-smooth": smooth, "int8-reduce-range": dynamic(True, reduce_range=True),
         "int8-u8u8": dynamic(True, weight_type=QuantType.QUInt8), "optimised": optimised}


def run(path, name, x):
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(None, {name: x[i : i + 8]})[0] for i in range(0, len(x), 8)])


def noise():
    r = np.random.default_rng(0)
    ids = np.zeros((4, 77), np.int64)
    ids[:, 0], ids[:, 1:9], ids[:, 9] = 49406, r.integers(0, 49406, (4, 8)), 49407
    return {"image": r.normal(size=(4, 3, 224, 224)).astype(np.float32), "text": ids}


def record(folder, made):
    """Writes hashes and differences into the card, if there is one."""
    path = folder / "card.json"
    if not path.is_file():
        return
    card = json.loads(path.read_text())
    card["derived"] = card.get("derived", {}) | made
    card.setdefault("sha256", {})
    for name in made:
        with open(folder / name, "rb") as f:
            card["sha256"][name] = hashlib.file_digest(f, "sha256").hexdigest()
    path.write_text(json.dumps(card, indent=2) + "\n")


def of_tower(job):
    """A tower's files of the kinds, and whether one could not be made."""
    o, tower, x, kinds, keep = job
    name, source, made, failed = INPUTS[tower], o.folder / f"{tower}.onnx", {}, False
    want = run(source, name, x)
    for kind in kinds:
        target = o.out / f"{tower}.{kind}.onnx"
        part = target.with_name(target.name + ".part")
        print(f"{target.name}: making", file=sys.stderr, flush=True)
        try:
            KINDS[kind](source, part, (name, x), keep, o.ops.split(","))
            got = run(part, name, x)
            if got.dtype != np.float32 or got.shape != want.shape:
                raise ValueError(f"gives {got.dtype} {got.shape}, the original {want.dtype} {want.shape}")
        except Exception as e:  # the other kinds are none the worse
            part.unlink(missing_ok=True)
            print(f"{target.name}: {type(e).__name__}: {e}", file=sys.stderr, flush=True)
            failed = True
            continue
        part.replace(target)
        d = np.abs(got.astype(np.float64) - want)
        made[target.name] = {"bytes": target.stat().st_size, "mean_abs": float(d.mean()), "max_abs": float(d.max())}
        print(json.dumps({"file": target.name} | made[target.name]), flush=True)
    return made, failed


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=Path)
    p.add_argument("--kinds", default="fp16,int8,int8-channel,optimised")
    p.add_argument("--samples", type=Path)
    p.add_argument("--out", type=Path, help="folder for the files (default: the model's)")
    p.add_argument("--keep", type=Path, help="JSON: by tower, the tensors whose MatMul and so on stays as it is")
    p.add_argument("--ops", default="MatMul", help="operators that dynamic quantization takes")
    p.add_argument("--towers", default=",".join(INPUTS))
    o = p.parse_args()
    o.out = o.out or o.folder
    keep = json.loads(o.keep.read_text()) if o.keep else {}
    kinds = o.kinds.split(",")
    if unknown := set(kinds) - set(KINDS):
        raise SystemExit(f"no kind {', '.join(unknown)}: want some of {', '.join(KINDS)}")
    if (real := {"int8-static", "int8-smooth"} & set(kinds)) and not o.samples:
        raise SystemExit(f"{' and '.join(sorted(real))}: scales come from real inputs: give --samples")
    logging.disable(logging.WARNING)
    sample = {t: np.load(o.samples / (n + ".npy")) for t, n in INPUTS.items()} if o.samples else noise()
    towers, made, failed = o.towers.split(","), {}, False
    with ProcessPoolExecutor(len(towers), get_context("fork")) as pool:  # nothing here has threads yet
        for files, bad in pool.map(of_tower, [(o, t, sample[t], kinds, keep.get(t)) for t in towers]):
            made, failed = made | files, failed or bad
    record(o.out, made)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
