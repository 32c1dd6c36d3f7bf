#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.15.0", "torchvision==0.29.2", "transformers==5.23.0", "numpy==2.4.6", "safetensors==0.8.0", "onnx==1.23.2"]
# ///
"""Makes the model that device.sh measures: a ViT-B/32 with random weights of seed 0, in transformers' layout and, where onnx is, as two ONNX files.

    python model.py FOLDER [--small]

Its scores mean nothing; its times and its drift do. It wants torch and transformers alone. --small is for trying device.sh without a GPU.
"""
import argparse
import importlib.util
import inspect
import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
import transformers

EOT = 49407
SMALL = {"num_hidden_layers": 2, "hidden_size": 128, "intermediate_size": 256, "num_attention_heads": 4}


def configuration(small):
    text = {"vocab_size": EOT + 1, "eos_token_id": EOT, "bos_token_id": EOT - 1} | (SMALL if small else {})
    vision = {"image_size": 224, "patch_size": 32} | (SMALL if small else {})
    return transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=128 if small else 512)


class Tower(torch.nn.Module):
    """One tower in basic operations, which every exporter supports."""

    def __init__(self, part, projection, config, text):
        super().__init__()
        self.part, self.projection, self.heads, self.text, self.eps = part, projection, config.num_attention_heads, text, config.layer_norm_eps
        self.scale = (config.hidden_size // config.num_attention_heads) ** 0.5
        if text:
            self.register_buffer("mask", torch.full((77, 77), -1e4).triu(1))

    def norm(self, x, n):
        return F.layer_norm(x, n.normalized_shape, n.weight, n.bias, self.eps)

    def attention(self, x, a, mask):
        split = lambda y: y.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # noqa: E731
        q, k, v = split(a.q_proj(x)), split(a.k_proj(x)), split(a.v_proj(x))
        s = q @ k.transpose(-1, -2) / self.scale
        return a.out_proj((((s if mask is None else s + mask).softmax(-1)) @ v).transpose(1, 2).flatten(2))

    def blocks(self, x, mask=None):
        for b in self.part.encoder.layers:
            x = x + self.attention(self.norm(x, b.layer_norm1), b.self_attn, mask)
            h = b.mlp.fc1(self.norm(x, b.layer_norm2))
            x = x + b.mlp.fc2(h * torch.sigmoid(1.702 * h))
        return x

    def forward(self, x):
        e = self.part.embeddings
        if self.text:
            n = x.shape[1]
            y = self.blocks(e.token_embedding(x) + e.position_embedding.weight[:n], self.mask[:n, :n])
            y = self.norm(y, self.part.final_layer_norm)
            return self.projection(y[torch.arange(x.shape[0]), x.to(torch.int32).argmax(-1)])
        y = e.patch_embedding(x).flatten(2).transpose(1, 2)
        y = torch.cat([e.class_embedding.expand(x.shape[0], 1, -1), y], 1) + e.position_embedding.weight
        y = self.blocks(self.norm(y, self.part.pre_layrnorm))
        return self.projection(self.norm(y[:, 0], self.part.post_layernorm))


def export(tower, example, path, name, output):
    axes = {0: "batch", 1: "length"} if tower.text else {0: "batch"}
    how = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    torch.onnx.export(tower, (example,), str(path), opset_version=17, input_names=[name], output_names=[output],
                      dynamic_axes={name: axes, output: {0: "batch"}}, **how)
    import onnx

    m = onnx.load(path)
    m.graph.output[0].type.tensor_type.shape.dim[1].dim_value = tower.projection.out_features  # the exporter leaves it open
    onnx.save(m, path)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out", type=Path)
    p.add_argument("--small", action="store_true")
    o = p.parse_args()
    torch.manual_seed(0)
    model = transformers.CLIPModel(configuration(o.small)).eval()
    model.save_pretrained(o.out, safe_serialization=True)
    (o.out / "card.json").write_text(json.dumps({"source": {"seed": 0, "note": "random weights: the scores of this model mean nothing"}}))
    if importlib.util.find_spec("onnx") is None:
        print("this Python has no onnx: rows of ONNX files will say that the files are missing", file=sys.stderr)
        return
    c = model.config
    image = Tower(model.vision_model, model.visual_projection, c.vision_config, False).eval()
    text = Tower(model.text_model, model.text_projection, c.text_config, True).eval()
    pixels, ids = torch.randn(2, 3, 224, 224), torch.randint(0, EOT - 1, (2, 12))
    ids[:, 8] = EOT
    with torch.no_grad():
        for tower, x, want in ((image, pixels, model.get_image_features(pixel_values=pixels)), (text, ids, model.get_text_features(input_ids=ids))):
            want = getattr(want, "pooler_output", want)
            if (far := (tower(x) - want).abs().max().item()) > 1e-4:
                raise SystemExit(f"the exported tower is {far} from transformers' own")
        export(image, pixels, o.out / "image.onnx", "pixel_values", "image_embeds")
        export(text, ids, o.out / "text.onnx", "input_ids", "text_embeds")


if __name__ == "__main__":
    main()
