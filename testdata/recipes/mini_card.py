#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["duckdb==1.4.2"]
# ///
"""Writes card.json of the mini model's folder: what it is, what it was made of, what it scores, and the sha256 of each file.

    uv run --script mini_card.py ../models/mini --runs RUN...

RUN is a results folder of `fastclip eval` on a suite of the notes' 40/80/150 scenes, one a seed (docs/mini.md has the loop).
"""
import argparse
import hashlib
import json
import statistics
from pathlib import Path

import duckdb


def scores(runs):
    out = {}
    for run in runs:
        rows = duckdb.execute("select dataset, direction, metric, value from read_parquet(?) where metric like 'R@%'", [str(run / "scores.parquet")]).fetchall()
        for dataset, direction, metric, value in rows:
            out.setdefault(f"{dataset} {direction} {metric}", []).append(round(100 * value, 1))
    return {k: {"mean": round(statistics.mean(v), 1), "std": round(statistics.stdev(v), 1), "by_seed": v} for k, v in sorted(out.items())}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=Path)
    p.add_argument("--runs", type=Path, nargs="+", required=True)
    p.add_argument("--seeds", type=int, nargs="+", required=True)
    o = p.parse_args()
    last = json.loads((o.folder / "training.jsonl").read_text().splitlines()[-1])
    card = {
        "name": "mini",
        "what": "A small CLIP for testing fastclip offline. It knows 210 everyday things as emoji draw them. It is no stand-in for CLIP on photographs.",
        "not_for": "any decision on real pictures; people, text in pictures, counting; comparing with published CLIP scores",
        "licence": "Apache-2.0; trained on pictures under the licences below, see NOTICE",
        "architecture": {
            "image": "ViT: width 128, 4 layers, 4 heads, QuickGELU, class token; input [N,3,224,224] averaged 2x2, patches 16x16 of that",
            "text": "causal transformer: width 128, 2 layers, 4 heads, QuickGELU, 32 positions, pooled at the first EOT; input_ids int64 [N,L<=77]",
            "embedding": "128 values, raw: not normalised",
            "normalisation": "CLIP's mean and standard deviation; CLIP's byte-pair vocabulary, of which 277 tokens have a row of their own",
            "opset": 17,
        },
        "claims": {
            "dim": 128, "image_size": 224, "opset": 17, "activation": "quickgelu", "causal": True, "pooling": "first eot", "normalised": False,
            "dynamic_batch": True, "dynamic_length": True, "parameters": {"image.onnx": 914690, "text.onnx": 453890},
            "batch_max_abs": {"image.onnx": 1e-4, "image.optimised.onnx": 1e-4, "image.fp16.onnx": 1e-2},
        },
        "data": {
            "training": [
                "@iconify-json/twemoji 1.2.5 (CC-BY-4.0)", "@iconify-json/emojione 1.2.3 (EmojiTwo, CC-BY-4.0)", "@iconify-json/fluent-emoji 1.2.7 (MIT)",
                "@iconify-json/fluent-emoji-flat 1.2.6 (MIT)", "@iconify-json/fxemoji 1.2.2 (Apache-2.0)",
            ],
            "held_out": "@iconify-json/noto 1.2.9 (Apache-2.0): never seen in training, nothing chosen on it",
        },
        "recipe": [
            "uv run --script art.py --train ART", "uv run --script mini_train.py --art ART --out RUN --steps 4000 --seed 0",
            "uv run --script mini_export.py --run RUN --out ../models/mini", "uv run --script ../../encoders/adapters/derive.py ../models/mini",
            "uv run --script mini_card.py ../models/mini --runs ... --seeds ...",
        ],
        "training": {"steps": last["step"], "batch": 96, "seed": 0, "log": "training.jsonl", "validation_r1_on_training_styles": [round(x, 1) for x in last["val_r1"]]},
        "held_out_scores_percent": {
            "sets": "40 singles, 80 doubles, 150 triples of held-out noto scenes, one picture a label set, preprocessing original_clip, fp32",
            "scene_seeds": o.seeds, "scores": scores(o.runs),
        },
        "sha256": {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(o.folder.iterdir()) if f.name != "card.json"},
    }
    (o.folder / "card.json").write_text(json.dumps(card, indent=2) + "\n")


if __name__ == "__main__":
    main()
