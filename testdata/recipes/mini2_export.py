#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.15.0", "numpy==2.4.6", "pillow==13.0.0", "safetensors==0.8.0", "onnx==1.23.2", "onnxruntime==1.32.0"]
# ///
"""Writes the model folder of a finished (or unfinished) run of mini2_train.py.

    uv run --script mini2_export.py --run RUN --out FOLDER [--open-clip FOLDER]

image.onnx: pixel_values float32 [N,3,224,224] -> image_embeds [N,128]; patches of 32. text.onnx: as mini_export.py's. Both raw. A run that was
stopped before its steps at 224x224 gives the tower that they would begin with.
--open-clip writes open_clip_config.json and open_clip_model.safetensors: CLIP's own names, all 49,408 tokens (those that no prompt uses have
the row that they share) and 77 positions (those after the 32nd are zero: longer texts differ from text.onnx, which cuts them).
Graphs are built from the weights alone and compared with PyTorch's.
"""
import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import TensorProto, helper
from safetensors.torch import load_file, save_file

from mini2_towers import CONTEXT, DIM, GRID, IMAGE, TEXT, Mini2, full_size
from mini_export import VOCAB, Graph, text_graph
from mini_train import EOT, SOT


def image_graph(weights):
    width = IMAGE["width"]
    g = Graph(weights, width, IMAGE["heads"])
    x = g.add("Conv", "pixel_values", g.weight("conv1.weight"), kernel_shape=[32, 32], strides=[32, 32])
    x = g.add("Reshape", x, g.const("patches", np.array([0, width, GRID**2], np.int64)))
    x = g.add("Transpose", x, perm=[0, 2, 1])
    # The class token: a zero row in front, whose position carries the token's values.
    x = g.add("Pad", x, g.const("in_front", np.array([0, 1, 0, 0, 0, 0], np.int64)))
    pos = g.w["pos"].copy()
    pos[0] += g.w["cls"]
    x = g.norm(g.add("Add", x, g.const("positions", pos)), "ln_pre")
    for i in range(IMAGE["layers"]):
        x = g.block(x, f"image_blocks.{i}")
    x = g.norm(g.add("Gather", x, g.const("first", np.array(0, np.int64)), axis=1), "ln_post")
    g.add("MatMul", x, g.weight("image_proj"), name="image_embeds")
    info = helper.make_tensor_value_info
    return g.model([info("pixel_values", TensorProto.FLOAT, ["batch", 3, 224, 224])], [info("image_embeds", TensorProto.FLOAT, ["batch", DIM])], "mini image tower")


def open_clip(weights, tokens):
    """The weights by open_clip's names, and its configuration."""
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
    mean, std = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
    return {k: v.contiguous().clone() for k, v in out.items()}, {"model_cfg": config, "preprocess_cfg": {"mean": mean, "std": std, "interpolation": "bicubic", "resize_mode": "shortest"}}


@torch.no_grad()
def compare(model, tokens, image, text):
    """The largest difference between ONNX Runtime and PyTorch, on noise and on random texts."""
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


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--run", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--open-clip", type=Path)
    o = p.parse_args()
    o.out.mkdir(parents=True, exist_ok=True)
    tokens = json.loads((o.run / "tokens.json").read_text())
    weights = {k: v.float().contiguous() for k, v in load_file(o.run / "average.safetensors").items()}
    if weights["conv1.weight"].shape[-1] == 16:
        weights["conv1.weight"] = full_size(weights["conv1.weight"])
    model = Mini2(len(tokens) + 1, patch=32).eval()
    model.load_state_dict(weights)
    onnx.save(image_graph(weights), o.out / "image.onnx")
    onnx.save(text_graph(weights, tokens), o.out / "text.onnx")
    save_file(weights, o.out / "model.safetensors", metadata={"mini": json.dumps({"tokens": tokens})})
    (o.out / "preprocessor_config.json").write_text(json.dumps({
        "crop_size": {"height": 224, "width": 224}, "do_center_crop": True, "do_convert_rgb": True, "do_normalize": True, "do_rescale": True,
        "do_resize": True, "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711],
        "resample": 3, "size": {"shortest_edge": 224},
    }, indent=2) + "\n")
    if o.open_clip:
        o.open_clip.mkdir(parents=True, exist_ok=True)
        state, config = open_clip(weights, tokens)
        save_file(state, o.open_clip / "open_clip_model.safetensors")
        (o.open_clip / "open_clip_config.json").write_text(json.dumps(config, indent=2) + "\n")
    worst = compare(model, tokens, o.out / "image.onnx", o.out / "text.onnx")
    print(f"largest difference to PyTorch: {worst:.1e}")
    if worst > 5e-5:
        raise SystemExit("the graphs do not compute what PyTorch does")


if __name__ == "__main__":
    main()
