#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.15.0", "numpy==2.4.6", "safetensors==0.8.0"]
# ///
"""fastclip's mini model in PyTorch.

    uv run --script torch_mini.py --model FOLDER [--provider cpu|cuda] [--precision fp32|fp16|bf16]

FOLDER holds model.safetensors.
"""
import serve

serve.refuse_without_gpu()

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open

import layers

CONTEXT, SIDE, EOT, VOCAB = 32, 224, 49407, serve.VOCAB
HEADS = {"image": 3, "text": 4}


class Mini:
    """The two towers with weights named as in mini_train.py. All sizes except the number of heads come from the weights."""

    size, version = SIDE, torch.__version__

    def __init__(self, path, device, dtype):
        with safe_open(path, "pt") as f:
            tokens = json.loads(f.metadata()["mini"])["tokens"]
            self.w = {k: f.get_tensor(k).to(device, dtype) for k in f.keys()}
        self.dim = self.w["image_proj"].shape[1]
        self.patch = self.w["conv1.weight"].shape[-1]
        rows = torch.zeros(VOCAB, dtype=torch.long)  # a token without its own row has row 0
        rows[torch.tensor(tokens)] = torch.arange(1, len(tokens) + 1)
        self.rows, self.device, self.dtype = rows.to(device), device, dtype
        self.tap, self.named = layers.NOTHING, None

    def layer(self, x, name, run):
        """Runs run(x) so that layers.py can inspect it."""
        if self.named is not None:
            self.named.append(name)
        return self.tap.see("out/" + name, run(self.tap.see("in/" + name, x)))

    def norm(self, x, name):
        return self.layer(x, name, lambda x: self.normed(x, name))

    def linear(self, x, name):
        return self.layer(x, name, lambda x: F.linear(x, self.w[name + ".weight"], self.w[name + ".bias"]))

    def normed(self, x, name):
        return F.layer_norm(x, x.shape[-1:], self.w[name + ".weight"], self.w[name + ".bias"])

    def block(self, x, name, heads, causal):
        n, length, width = x.shape
        q, k, v = self.linear(self.norm(x, name + ".ln_1"), name + ".in_proj").view(n, length, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        x = x + self.linear(y.transpose(1, 2).reshape(n, length, width), name + ".out_proj")
        h = self.linear(self.norm(x, name + ".ln_2"), name + ".c_fc")
        return x + self.linear(h * torch.sigmoid(1.702 * h), name + ".c_proj")

    def blocks(self, x, tower, causal):
        i = 0
        while (name := f"{tower}_blocks.{i}") + ".c_fc.weight" in self.w:
            x = self.layer(x, name, lambda x: self.block(x, name, HEADS[tower], causal))
            i += 1
        return x

    @torch.inference_mode()
    def image(self, pixels):
        x = torch.from_numpy(pixels).to(self.device, self.dtype)
        x = self.layer(x, "conv1", lambda x: F.conv2d(x, self.w["conv1.weight"], stride=self.patch)).flatten(2).transpose(1, 2)
        x = torch.cat([self.w["cls"].expand(x.shape[0], 1, -1), x], 1) + self.w["pos"]
        x = self.blocks(self.norm(x, "ln_pre"), "image", False)
        return (self.norm(x[:, 0], "ln_post") @ self.w["image_proj"]).float().cpu().numpy()

    @torch.inference_mode()
    def text(self, ids):
        ids = torch.from_numpy(ids)[:, :CONTEXT].to(self.device)
        if ids.shape[1] == CONTEXT:  # a text that was cut ends in EOT
            ids = torch.cat([ids[:, :-1], torch.full_like(ids[:, -1:], EOT)], 1)
        x = self.blocks(self.w["token.weight"][self.rows[ids]] + self.w["text_pos"][: ids.shape[1]], "text", True)
        at = (ids == EOT).int().argmax(1)
        return (self.norm(x[torch.arange(len(ids), device=self.device), at], "ln_final") @ self.w["text_proj"]).float().cpu().numpy()

    def into(self, tower, x, put, want):
        """Returns a tower's output, and inputs and outputs of its layers (layers.py)."""
        self.tap = layers.Tap(put, want)
        try:
            self.tap.got |= {n: self.w[n.removeprefix("weight/")].float().cpu().numpy() for n in want if n.startswith("weight/")}
            return getattr(self, tower)(x), self.tap.got
        finally:
            self.tap = layers.NOTHING

    def layers(self, tower):
        self.named = []
        try:
            getattr(self, tower)(np.zeros((1, 3, SIDE, SIDE), np.float32) if tower == "image" else np.array([[EOT - 1, EOT]]))
            dtype = str(self.dtype).removeprefix("torch.")
            own = lambda n: [w.removeprefix(n + ".") for w in self.w if w.startswith(n + ".") and "." not in w.removeprefix(n + ".")]  # noqa: E731
            return [{"name": n, "kind": "", "dtype": dtype, "weights": own(n), "leaf": bool(own(n)), "takes": True} for n in sorted(set(self.named), key=self.ended)]
        finally:
            self.named = None

    def ended(self, name):
        """Returns where a layer ends. Layers inside a block end before the block."""
        inner = [i for i, n in enumerate(self.named) if n == name or n.startswith(name + ".")]
        return max(inner), -len(name)


def main():
    o = serve.arguments(__doc__)
    torch.set_num_threads(o.threads)
    if o.provider not in ("cpu", "cuda"):
        raise SystemExit(f"provider {o.provider}: PyTorch has cpu and cuda")
    if o.provider == "cuda" and not torch.cuda.is_available():
        serve.unavailable("this PyTorch sees no GPU: run it where there is an NVIDIA GPU with its driver")
    dtypes = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
    if o.precision not in dtypes:
        raise SystemExit(f"precision {o.precision}: want {', '.join(dtypes)}")
    serve.serve(Mini(Path(o.model) / "model.safetensors", o.provider, dtypes[o.precision]))


if __name__ == "__main__":
    main()
