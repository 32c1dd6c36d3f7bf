#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "torch==2.15.0", "torchvision==0.29.2", "open_clip_torch==3.3.0", "transformers==5.23.0", "timm==1.0.31", "numpy==2.4.6",
#     "safetensors==0.8.0", "pillow==13.0.0", "onnx==1.23.2", "onnxruntime==1.32.0", "sympy==1.14.0",
# ]
# ///
"""Writes a CLIP checkpoint as two ONNX files and a file of weights, and compares them with PyTorch.

    uv run --script export.py open_clip:ViT-B-32-quickgelu:random@0 --out DIR --pictures FOLDER --texts FILE

MODEL is open_clip:ARCH[:TAG] (open_clip's pretrained tags), open_clip:ARCH:FILE (its safetensors), open_clip:ARCH:random@SEED, or
transformers:OWNER/NAME[@REVISION], transformers:FOLDER, transformers:ARCH:random@SEED.
DIR gets image.onnx (pixel_values FP32 [N,3,S,S] -> image_embeds [N,D]), text.onnx (input_ids INT64 [N,L] -> text_embeds [N,D]), raw,
opset 17, any N and L up to the context; the weights in the library's layout; preprocessor_config.json and card.json.
Prints a JSON object with the differences to PyTorch on the pictures and texts.
"""
import argparse
import copy
import hashlib
import json
import logging
import os
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import open_clip
import torch
import transformers
from PIL import Image
from safetensors.torch import save_file

import towers

OPSET = 17
LIMIT = 5e-5  # largest allowed difference to PyTorch; 3e-6 was seen
TWO_GB = 2**31 - 2**20  # protobuf's limit; larger weights go into a separate file


def say(text):
    print(text, file=sys.stderr, flush=True)


def refuse(*_, **__):
    raise SystemExit("this checkpoint is a pickle, which can run code when it is loaded: use one in safetensors, or pass --pickle if you trust it")


def fetched(name, load):
    """Calls load(), which may ask a hub. If the hub does not answer, it prints the reason and the remedy in one line."""
    try:
        return load()
    except (OSError, RuntimeError) as e:  # open_clip raises RuntimeError for every download error
        if isinstance(e, RuntimeError) and "ownload" not in str(e):
            raise
        why = " ".join(str(e).split()).rsplit("Last error: ")[-1] or type(e).__name__
        arch = name.split(":")[1] if name.startswith("open_clip:") else "ViT-B-32-quickgelu"
        raise SystemExit(
            f"{name}: the weights are not here and could not be fetched ({why[:300]}): set HF_ENDPOINT to a hub that answers, "
            f"or export from a safetensors file, open_clip:{arch}:FILE, or with random weights, open_clip:{arch}:random@0"
        ) from None


class Attention(torch.nn.Module):
    """open_clip's nn.MultiheadAttention, written out, because torch's exports with a fixed length. It has separate projections and a scale on q, which
    onnxruntime's optimiser recognises."""

    def __init__(self, attn):
        super().__init__()
        self.heads, self.scale = attn.num_heads, attn.head_dim**-0.5
        self.out = attn.out_proj
        for part, w, b in zip("qkv", attn.in_proj_weight.chunk(3), attn.in_proj_bias.chunk(3)):
            linear = torch.nn.Linear(w.shape[1], w.shape[0])
            linear.weight, linear.bias = torch.nn.Parameter(w.detach().clone()), torch.nn.Parameter(b.detach().clone())
            setattr(self, part, linear)

    def forward(self, x, *_, attn_mask=None, **__):
        n, length, width = x.shape
        split = lambda y: y.reshape(n, length, self.heads, width // self.heads).transpose(1, 2)  # noqa: E731
        q, k, v = split(self.q(x) * self.scale), split(self.k(x)), split(self.v(x))
        s = q @ k.transpose(-1, -2)
        if attn_mask is not None:
            s = s + attn_mask
        return (self.out((s.softmax(-1) @ v).transpose(1, 2).reshape(n, length, width)),)


class Tower(torch.nn.Module):
    def __init__(self, clip, what):
        super().__init__()
        self.clip, self.what = clip, what
        if what == "text":
            m = clip.model
            # exp(-10000) is 0 in every precision, and conversions need not preserve an infinity.
            self.register_buffer("mask", torch.full_like(m.attn_mask, -1e4).triu(1))

    def forward(self, x):
        if self.what == "image":
            return self.clip.image(x)
        m, n = self.clip.model, x.shape[1]
        y = m.token_embedding(x) + m.positional_embedding[:n]
        y = m.ln_final(m.transformer(y, attn_mask=self.mask[:n, :n]))
        return y[torch.arange(x.shape[0]), x.to(torch.int32).argmax(-1)] @ m.text_projection


def source(name, about):
    """Returns what computes the embeddings in PyTorch, open_clip's copy to export, and its model_cfg. about receives where the model comes from."""
    library, _, rest = name.partition(":")
    arch, _, weights = rest.partition(":")
    seed = int(weights.removeprefix("random@")) if weights.startswith("random@") else None
    about |= {"library": library, "model": rest} | ({} if seed is None else {"seed": seed, "note": "random weights: the scores of this model mean nothing"})
    if library == "open_clip":
        return from_open_clip(arch, weights, seed, about)
    if library == "transformers":
        return from_transformers(rest if seed is None else arch, seed, about)
    raise SystemExit(f"{name}: want open_clip:ARCH[:TAG | :random@SEED] or transformers:OWNER/NAME")


def from_open_clip(arch, tag, seed, about):
    config = open_clip.get_model_config(arch)
    if config is None:
        near = [a for a in open_clip.list_models() if a.startswith(arch[:6])]
        raise SystemExit(f"open_clip has no architecture {arch}; similar names: {', '.join(near)}")
    if seed is not None:
        torch.manual_seed(seed)
        model = open_clip.create_model(arch, pretrained=None)
    else:
        tags = open_clip.list_pretrained_tags_by_model(arch)
        if not tag and len(tags) != 1:
            raise SystemExit(f"open_clip:{arch} is ambiguous: name the weights, such as open_clip:{arch}:{tags[0] if tags else 'FILE'} (there are {', '.join(tags) or 'no tags'}) or open_clip:{arch}:random@0")
        tag = tag or tags[0]
        if tag not in tags and not Path(tag).is_file():
            raise SystemExit(f"open_clip:{arch} has no weights {tag}: want one of {', '.join(tags)}, a file, or random@SEED")
        # QuickGELU belongs to the weights: open_clip warns if an architecture's name and a tag differ in it.
        model = fetched(f"open_clip:{arch}:{tag}", lambda: open_clip.create_model(arch, pretrained=tag))
        about["pretrained"] = tag
    model = model.eval()
    if not isinstance(model, open_clip.CLIP):
        raise SystemExit(f"open_clip:{arch} is a {type(model).__name__}: only CLIP with its own text tower is exported")
    return towers.OpenClip(model), copy.deepcopy(model), config


def from_transformers(name, seed, about):
    if seed is not None:
        config = open_clip.get_model_config(name)
        if config is None:
            raise SystemExit(f"no architecture {name}: give open_clip's name of it, such as ViT-B-32-quickgelu")
        torch.manual_seed(seed)
        model = transformers.CLIPModel(towers.transformers_config(config))
    else:
        name, _, revision = name.partition("@")
        load = lambda: transformers.CLIPModel.from_pretrained(name, revision=revision or "main", use_safetensors=True)  # noqa: E731
        model = fetched(f"transformers:{name}", load)
        about["commit"] = getattr(model.config, "_commit_hash", None)
    model = model.float().eval()
    config = towers.open_clip_config(model.config)
    twin = towers.build_open_clip(config)
    twin.load_state_dict(towers.to_open_clip(model.state_dict()))
    return towers.Transformers(model), twin, config


def write(tower, example, path, output):
    axes = {0: "batch"} if example.dim() == 4 else {0: "batch", 1: "length"}
    name = "pixel_values" if example.dim() == 4 else "input_ids"
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(tower, (example,), str(path), dynamo=False, opset_version=OPSET, input_names=[name], output_names=[output],
                          dynamic_axes={name: axes, output: {0: "batch"}})
    m = onnx.load(path)
    m.producer_name, m.producer_version = "fastclip export.py, torch", torch.__version__
    # The exporter leaves the width open, but callers must know it in advance.
    m.graph.output[0].type.tensor_type.shape.dim[1].dim_value = tower.clip.dim
    if m.ByteSize() > TWO_GB:
        onnx.save(m, path, save_as_external_data=True, location=path.name + ".data", size_threshold=1024)
    else:
        onnx.save(m, path)
    for left in path.parent.glob("onnx__*"):
        left.unlink()
    constants = [a.t for n in m.graph.node if n.op_type == "Constant" for a in n.attribute if a.name == "value"]
    return sum(int(np.prod(t.dims)) for t in [*m.graph.initializer, *constants] if t.data_type == onnx.TensorProto.FLOAT)


def tokens(texts, context):
    from open_clip.tokenizer import SimpleTokenizer

    return SimpleTokenizer(context_length=context)(texts)


def pictures(folder, size):
    prepare = open_clip.transform.image_transform(size, is_train=False)
    files = sorted(f for f in Path(folder).iterdir() if f.is_file())
    return torch.stack([prepare(Image.open(f)) for f in files])


@torch.no_grad()
def compare(clip, out, pixels, ids):
    """Computes each tower's mean and largest |a-b| to PyTorch, in batches of 1, 3 and all, with whole texts and with texts cut after the longest."""
    seen = {}
    for what, x in (("image", pixels), ("text", ids)):
        session = ort.InferenceSession(str(out / f"{what}.onnx"), providers=["CPUExecutionProvider"])
        feed = session.get_inputs()[0].name
        want = torch.cat([getattr(clip, what)(x[i : i + 8]) for i in range(0, len(x), 8)]).double().numpy()
        diffs = []
        for n in (1, 3, len(x)):
            for rows in torch.arange(len(x)).split(n):
                part = x[rows]
                cuts = {part.shape[1]} if what == "image" else {part.shape[1], int(part.argmax(1).max()) + 1}
                for cut in cuts:
                    got = session.run(None, {feed: np.ascontiguousarray(part[:, :cut].numpy())})[0]
                    diffs.append(np.abs(got - want[rows]).ravel())
        d = np.concatenate(diffs)
        seen[what] = {"items": len(x), "mean_abs": float(d.mean()), "max_abs": float(d.max()), "mean_abs_of_embedding": float(np.abs(want).mean())}
    return seen


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def save_weights(clip, config, out):
    """Saves the weights in the library's own layout."""
    if isinstance(clip, towers.Transformers):
        clip.model.save_pretrained(out)
        return list(towers.TRANSFORMERS)
    state = {k: v.contiguous().clone() for k, v in clip.model.state_dict().items()}
    save_file(state, out / towers.OPEN_CLIP[1], metadata={"format": "pt"})
    os.chmod(out / towers.OPEN_CLIP[1], 0o644)
    about = {"model_cfg": config, "preprocess_cfg": {**towers.NORMALISE, "interpolation": "bicubic", "resize_mode": "shortest"}}
    (out / towers.OPEN_CLIP[0]).write_text(json.dumps(about, indent=2) + "\n")
    return list(towers.OPEN_CLIP)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("model")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--pictures", type=Path, required=True, help="a folder of pictures to compare on")
    p.add_argument("--texts", type=Path, required=True, help="a file of texts to compare on, one a line")
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--pickle", action="store_true", help="load a checkpoint even if it is a pickle (with torch's restricted reader)")
    o = p.parse_args()
    logging.disable(logging.ERROR)
    torch.set_num_threads(o.threads)
    torch.backends.mha.set_fastpath_enabled(False)  # its fused operator has no ONNX form
    if not o.pickle:
        torch.load = torch.jit.load = refuse
    say(f"{o.model}: loading")
    about = {}
    clip, twin, config = source(o.model, about)
    o.out.mkdir(parents=True, exist_ok=True)
    say(f"{o.model}: writing the weights")
    files = save_weights(clip, config, o.out)
    exported = towers.OpenClip(twin)
    for tower in (twin.visual.transformer, twin.transformer):
        for block in tower.resblocks:
            block.attn = Attention(block.attn)
    parameters = {}
    ids = tokens(["a photo of a dog", "two cats"], exported.context)[:, :12]
    for what, example in (("image", torch.zeros(2, 3, exported.size, exported.size)), ("text", ids)):
        say(f"{o.model}: writing {what}.onnx")
        path = o.out / f"{what}.onnx"
        parameters[path.name] = write(Tower(exported, what), example, path, f"{what}_embeds")
        files += [f.name for f in o.out.glob(path.name + "*")]

    say(f"{o.model}: comparing with PyTorch")
    texts = [t for t in o.texts.read_text().splitlines() if t.strip()]
    seen = compare(clip, o.out, pictures(o.pictures, exported.size), tokens(texts, exported.context))
    (o.out / "preprocessor_config.json").write_text(json.dumps({
        "crop_size": {"height": exported.size, "width": exported.size}, "do_center_crop": True, "do_convert_rgb": True, "do_normalize": True,
        "do_rescale": True, "do_resize": True, "image_mean": towers.NORMALISE["mean"], "image_processor_type": "CLIPImageProcessor",
        "image_std": towers.NORMALISE["std"], "resample": 3, "size": {"shortest_edge": exported.size},
    }, indent=2) + "\n")
    card = {
        "name": o.model, "what": f"CLIP exported from {o.model} by fastclip models export",
        "source": about, "versions": {m.__name__: m.__version__ for m in (torch, open_clip, transformers, onnx, ort)},
        "claims": {
            "dim": config["embed_dim"], "image_size": exported.size, "opset": OPSET, "activation": "quickgelu" if config.get("quick_gelu") else "gelu",
            "causal": True, "pooling": "first eot", "normalised": False, "dynamic_batch": True, "dynamic_length": True,
            "parameters": parameters, "batch_max_abs": {"image.onnx": 1e-4},
        },
        "against_pytorch": seen,
        "sha256": {f: sha256(o.out / f) for f in sorted(set(files))},
    }
    (o.out / "card.json").write_text(json.dumps(card, indent=2) + "\n")
    print(json.dumps({"model": o.model, "against_pytorch": seen}))
    if max(s["max_abs"] for s in seen.values()) > LIMIT:
        raise SystemExit(f"the ONNX files differ from PyTorch by more than {LIMIT}: see card.json")


if __name__ == "__main__":
    main()
