#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.15.0", "numpy==2.4.6", "pillow==13.0.0", "safetensors==0.8.0", "onnx==1.23.2", "onnxruntime==1.32.0"]
# ///
"""Writes the model folder of a finished (or unfinished) run of mini_train.py, and the same weights for open_clip.

    uv run --script mini_export.py --run RUN --out ../models/mini
    uv run --script mini_export.py --from ../models/mini --open-clip FOLDER

--out gets image.onnx and text.onnx (mini_graph.py; compared with PyTorch here), model.safetensors, preprocessor_config.json, and training.jsonl: the
run's options in its first line, then its log. A run that was stopped before its steps at 224x224 gives the tower that they would begin with.
--open-clip gets open_clip_config.json and open_clip_model.safetensors: CLIP's own names, all 49,408 tokens (those that no prompt uses have
the row that they share) and 77 positions (those after the 32nd are zero: longer texts differ from text.onnx, which cuts them).
"""
import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from mini_graph import image_graph, text_graph
from mini_tokens import EOT, SOT, VOCAB
from mini_towers import CONTEXT, DIM, IMAGE, TEXT, Mini, full_size

MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]


def open_clip(weights, tokens):
    """Returns the weights under open_clip's names, and its configuration."""
    out = {
        "visual.class_embedding": weights["cls"], "visual.positional_embedding": weights["pos"], "visual.proj": weights["image_proj"],
        "visual.conv1.weight": weights["conv1.weight"], "text_projection": weights["text_proj"], "logit_scale": weights["scale"],
    }
    for ours, theirs in (("ln_pre", "visual.ln_pre"), ("ln_post", "visual.ln_post"), ("ln_final", "ln_final")):
        for part in ("weight", "bias"):
            out[f"{theirs}.{part}"] = weights[f"{ours}.{part}"]
    names = {"in_proj.weight": "attn.in_proj_weight", "in_proj.bias": "attn.in_proj_bias", "out_proj": "attn.out_proj", "c_fc": "mlp.c_fc", "c_proj": "mlp.c_proj"}
    for k, v in weights.items():
        tower, _, rest = k.partition("_blocks.")
        if rest:
            layer, _, name = rest.partition(".")
            for ours, theirs in names.items():
                name = name.replace(ours, theirs)
            out[f"{'visual.' if tower == 'image' else ''}transformer.resblocks.{layer}.{name}"] = v
    rows = torch.zeros(VOCAB, dtype=torch.long)
    rows[tokens] = torch.arange(1, len(tokens) + 1)
    out["token_embedding.weight"] = weights["token.weight"][rows]
    out["positional_embedding"] = torch.cat([weights["text_pos"], torch.zeros(77 - CONTEXT, TEXT["width"])])
    config = {
        "embed_dim": DIM, "quick_gelu": True,
        "vision_cfg": {"image_size": 224, "layers": IMAGE["layers"], "width": IMAGE["width"], "head_width": IMAGE["width"] // IMAGE["heads"], "patch_size": 32},
        "text_cfg": {"context_length": 77, "vocab_size": VOCAB, **TEXT},
    }
    return {k: v.contiguous().clone() for k, v in out.items()}, {"model_cfg": config, "preprocess_cfg": {"mean": MEAN, "std": STD, "interpolation": "bicubic", "resize_mode": "shortest"}}


@torch.no_grad()
def compare(model, tokens, image, text):
    """Returns the largest difference between ONNX Runtime and PyTorch, on noise and on random texts."""
    r = np.random.default_rng(0)
    session = ort.InferenceSession(image, providers=["CPUExecutionProvider"])
    x = r.normal(size=(5, 3, 224, 224)).astype(np.float32)
    worst = [float(np.abs(session.run(None, {"pixel_values": x})[0] - model.images(torch.from_numpy(x)).numpy()).max())]
    session = ort.InferenceSession(text, providers=["CPUExecutionProvider"])
    row = {t: i + 1 for i, t in enumerate(tokens)}
    words = [t for t in tokens if t not in (SOT, EOT)]
    for length in (4, 11, 31, 32, 77):
        ids = np.zeros((3, length), np.int64)
        ids[:, 0] = SOT
        for i, n in enumerate((1, length // 2, length - 2)):
            ids[i, 1 : 1 + n], ids[i, 1 + n] = r.choice(words, n), EOT
        cut = ids[:, :CONTEXT].copy()
        cut[:, CONTEXT - 1 :] = EOT
        want = model.texts(torch.tensor([[row.get(int(t), 0) for t in line] for line in cut]), torch.from_numpy((cut == EOT).argmax(1))).numpy()
        worst.append(float(np.abs(session.run(None, {"input_ids": ids})[0] - want).max()))
    return max(worst)


def of_run(run):
    """Returns the weights at full size, and the tokens."""
    weights = {k: v.float().contiguous() for k, v in load_file(run / "average.safetensors").items()}
    if weights["conv1.weight"].shape[-1] == 16:
        weights["conv1.weight"] = full_size(weights["conv1.weight"])
    return weights, json.loads((run / "tokens.json").read_text())


def of_folder(folder):
    with safe_open(folder / "model.safetensors", "pt") as f:
        return {k: f.get_tensor(k) for k in f.keys()}, json.loads(f.metadata()["mini"])["tokens"]


def write(out, weights, tokens):
    out.mkdir(parents=True, exist_ok=True)
    model = Mini(len(tokens) + 1, patch=32).eval()
    model.load_state_dict(weights)
    onnx.save(image_graph(weights), out / "image.onnx")
    onnx.save(text_graph(weights, tokens), out / "text.onnx")
    save_file(weights, out / "model.safetensors", metadata={"mini": json.dumps({"tokens": tokens})})  # one entry, because the order of several is random
    (out / "preprocessor_config.json").write_text(json.dumps({
        "crop_size": {"height": 224, "width": 224}, "do_center_crop": True, "do_convert_rgb": True, "do_normalize": True, "do_rescale": True,
        "do_resize": True, "image_mean": MEAN, "image_std": STD, "resample": 3, "size": {"shortest_edge": 224},
    }, indent=2) + "\n")
    worst = compare(model, tokens, out / "image.onnx", out / "text.onnx")
    print(f"largest difference to PyTorch: {worst:.1e}")
    if worst > 5e-5:
        raise SystemExit("the graphs do not compute what PyTorch does")


def write_open_clip(out, weights, tokens):
    out.mkdir(parents=True, exist_ok=True)
    state, config = open_clip(weights, tokens)
    save_file(state, out / "open_clip_model.safetensors")
    (out / "open_clip_config.json").write_text(json.dumps(config, indent=2) + "\n")


def write_log(run, out):
    options = json.loads((run / "options.json").read_text())
    (out / "training.jsonl").write_text(json.dumps({"options": options}) + "\n" + (run / "log.jsonl").read_text())


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = p.add_mutually_exclusive_group(required=True)
    source.add_argument("--run", type=Path, help="folder of mini_train.py")
    source.add_argument("--from", type=Path, dest="folder", help="folder of a model that was exported before")
    p.add_argument("--out", type=Path, help="the model's folder")
    p.add_argument("--open-clip", type=Path, help="a folder for open_clip")
    o = p.parse_args()
    if not o.out and not o.open_clip:
        p.error("nothing to write: give --out, --open-clip or both")
    weights, tokens = of_run(o.run) if o.run else of_folder(o.folder)
    if o.out:
        write(o.out, weights, tokens)
        if o.run:
            write_log(o.run, o.out)
    if o.open_clip:
        write_open_clip(o.open_clip, weights, tokens)


if __name__ == "__main__":
    main()
