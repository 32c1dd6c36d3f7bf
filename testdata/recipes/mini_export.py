#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.15.0", "numpy==2.4.6", "pillow==13.0.0", "safetensors==0.8.0", "onnx==1.23.2", "onnxruntime==1.32.0"]
# ///
"""Writes the model folder of `mini` from a finished training run.

    uv run --script mini_export.py --run RUN --out ../models/mini

image.onnx: pixel_values float32 [N,3,224,224] -> image_embeds [N,128]. The tower was trained at 112x112 with 16x16 patches; a
2x2 average in front of it makes that, exactly, a tower for 224x224 with 32x32 patches.
text.onnx: input_ids int64 [N,L], L up to 77 -> text_embeds [N,128]. Causal, pooled at the first EOT (49407). 32 positions: of a
longer text the first 31 tokens count. Tokens that no prompt of the training used share one row.
Both outputs are raw, not normalised. Graphs are built here, opset 17, from the weights alone, and compared with PyTorch's.
"""
import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import load_file, save_file

from mini_train import CONTEXT, EOT, HEADS, SOT, WIDTH, Mini

VOCAB = 49408


class Graph:
    """An ONNX graph under construction; each method adds a node and returns its output's name."""

    def __init__(self, weights, width=WIDTH, heads=HEADS):
        self.width, self.heads = width, heads
        self.w = {k: v.numpy() for k, v in weights.items()}
        self.nodes, self.constants = [], {}

    def const(self, name, value):
        self.constants[name] = numpy_helper.from_array(np.asarray(value, order="C"), name)
        return name

    def weight(self, name, transpose=False):
        return self.const(name, self.w[name].T if transpose else self.w[name])

    def add(self, op, *inputs, name=None, **attributes):
        out = name or f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [out], name=f"{op}_{len(self.nodes)}", **attributes))
        return out

    def norm(self, x, name):
        return self.add("LayerNormalization", x, self.weight(name + ".weight"), self.weight(name + ".bias"), axis=-1, epsilon=1e-5)

    def linear(self, x, weight, bias):
        return self.add("Add", self.add("MatMul", x, weight), bias)

    def attention(self, x, name, mask):
        w, b = self.w[name + ".in_proj.weight"], self.w[name + ".in_proj.bias"]
        heads = self.const("heads", np.array([0, 0, self.heads, self.width // self.heads], np.int64))
        parts = {}
        for i, part in enumerate("qkv"):
            rows = slice(i * self.width, (i + 1) * self.width)
            y = self.linear(x, self.const(f"{name}.{part}.weight", w[rows].T), self.const(f"{name}.{part}.bias", b[rows]))
            if part == "q":
                # A number in the graph, not computed from shapes: else float casts stay in it, and fp16 breaks.
                y = self.add("Mul", y, self.const("scale", np.array((self.width // self.heads) ** -0.5, np.float32)))
            parts[part] = self.add("Transpose", self.add("Reshape", y, heads), perm=[0, 2, 3, 1] if part == "k" else [0, 2, 1, 3])
        s = self.add("MatMul", parts["q"], parts["k"])
        if mask:
            s = self.add("Add", s, mask)
        y = self.add("MatMul", self.add("Softmax", s, axis=-1), parts["v"])
        y = self.add("Reshape", self.add("Transpose", y, perm=[0, 2, 1, 3]), self.const("joined", np.array([0, 0, self.width], np.int64)))
        return self.linear(y, self.weight(name + ".out_proj.weight", True), self.weight(name + ".out_proj.bias"))

    def block(self, x, name, mask=None):
        x = self.add("Add", x, self.attention(self.norm(x, name + ".ln_1"), name, mask))
        h = self.linear(self.norm(x, name + ".ln_2"), self.weight(name + ".c_fc.weight", True), self.weight(name + ".c_fc.bias"))
        gate = self.add("Sigmoid", self.add("Mul", h, self.const("quick", np.array(1.702, np.float32))))
        h = self.add("Mul", h, gate)
        return self.add("Add", x, self.linear(h, self.weight(name + ".c_proj.weight", True), self.weight(name + ".c_proj.bias")))

    def model(self, inputs, outputs, about):
        g = helper.make_graph(self.nodes, about, inputs, outputs, list(self.constants.values()))
        m = helper.make_model(g, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="fastclip mini_export.py")
        onnx.checker.check_model(m, full_check=True)
        return m


def image_graph(weights):
    g = Graph(weights)
    x = g.add("AveragePool", "pixel_values", kernel_shape=[2, 2], strides=[2, 2])
    x = g.add("Conv", x, g.weight("conv1.weight"), kernel_shape=[16, 16], strides=[16, 16])
    x = g.add("Reshape", x, g.const("patches", np.array([0, WIDTH, 49], np.int64)))
    x = g.add("Transpose", x, perm=[0, 2, 1])
    # The class token: a zero row in front, whose position carries the token's values.
    x = g.add("Pad", x, g.const("in_front", np.array([0, 1, 0, 0, 0, 0], np.int64)))
    pos = g.w["pos"].copy()
    pos[0] += g.w["cls"]
    x = g.norm(g.add("Add", x, g.const("positions", pos)), "ln_pre")
    for i in range(4):
        x = g.block(x, f"image_blocks.{i}")
    x = g.norm(g.add("Gather", x, g.const("first", np.array(0, np.int64)), axis=1), "ln_post")
    g.add("MatMul", x, g.weight("image_proj"), name="image_embeds")
    info = helper.make_tensor_value_info
    return g.model([info("pixel_values", TensorProto.FLOAT, ["batch", 3, 224, 224])], [info("image_embeds", TensorProto.FLOAT, ["batch", WIDTH])], "mini image tower")


def text_graph(weights, tokens):
    """Of mini_train.py's text tower, and of mini2_train.py's, which has the same shape."""
    g = Graph(weights)
    rows = np.zeros(VOCAB, np.int32)
    rows[tokens] = np.arange(1, len(tokens) + 1)
    zero, one = g.const("zero", np.array([0], np.int64)), g.const("one", np.array([1], np.int64))
    ids = g.add("Slice", "input_ids", zero, g.const("context", np.array([CONTEXT], np.int64)), one)
    length = g.add("Slice", g.add("Shape", ids), one, g.const("two", np.array([2], np.int64)))
    # The last position is always EOT: a text cut at the context is pooled there, any other one before it.
    last = g.add("Slice", g.const("is_last", np.arange(CONTEXT) == CONTEXT - 1), zero, length, zero)
    ids = g.add("Where", last, g.const("eot", np.array(EOT, np.int64)), ids)
    x = g.add("Gather", g.weight("token.weight"), g.add("Gather", g.const("rows", rows), ids))
    x = g.add("Add", x, g.add("Slice", g.weight("text_pos"), zero, length, zero))
    square = g.add("Concat", length, length, axis=0)
    # exp(-10000) is exactly 0 in every precision, and no infinity has to survive a conversion.
    causal = g.const("causal", np.triu(np.full((CONTEXT, CONTEXT), -1e4, np.float32), 1))
    mask = g.add("Slice", causal, g.const("corner", np.array([0, 0], np.int64)), square, g.const("both", np.array([0, 1], np.int64)))
    for i in range(2):
        x = g.block(x, f"text_blocks.{i}", mask)
    at = g.add("ArgMax", g.add("Cast", g.add("Equal", ids, "eot"), to=TensorProto.INT32), axis=1, keepdims=1)
    x = g.norm(g.add("GatherND", x, at, batch_dims=1), "ln_final")
    g.add("MatMul", x, g.weight("text_proj"), name="text_embeds")
    info = helper.make_tensor_value_info
    return g.model([info("input_ids", TensorProto.INT64, ["batch", "length"])], [info("text_embeds", TensorProto.FLOAT, ["batch", WIDTH])], "mini text tower")


@torch.no_grad()
def compare(model, tokens, image, text):
    """The largest difference between ONNX Runtime and PyTorch, on noise and on random texts."""
    r = np.random.default_rng(0)
    worst = {"image": 0.0, "text": 0.0}
    session = ort.InferenceSession(image, providers=["CPUExecutionProvider"])
    for n in (1, 5):
        x = r.normal(size=(n, 3, 224, 224)).astype(np.float32)
        want = model.images(torch.nn.functional.avg_pool2d(torch.from_numpy(x), 2)).numpy()
        worst["image"] = max(worst["image"], float(np.abs(session.run(None, {"pixel_values": x})[0] - want).max()))
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
        at = torch.from_numpy((cut == EOT).argmax(1))
        want = model.texts(torch.tensor([[row.get(int(t), 0) for t in line] for line in cut]), at).numpy()
        worst["text"] = max(worst["text"], float(np.abs(session.run(None, {"input_ids": ids})[0] - want).max()))
    return worst


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--run", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    o = p.parse_args()
    o.out.mkdir(parents=True, exist_ok=True)
    tokens = json.loads((o.run / "tokens.json").read_text())
    weights = {k: v.float().contiguous() for k, v in load_file(o.run / "average.safetensors").items()}
    model = Mini(len(tokens) + 1).eval()
    model.load_state_dict(weights)
    image, text = o.out / "image.onnx", o.out / "text.onnx"
    onnx.save(image_graph(weights), image)
    onnx.save(text_graph(weights, tokens), text)
    save_file(weights, o.out / "model.safetensors", metadata={"mini": json.dumps({"tokens": tokens, "trained_at": "112x112, patch 16"})})  # one entry: their order is random
    (o.out / "preprocessor_config.json").write_text(json.dumps({
        "crop_size": {"height": 224, "width": 224}, "do_center_crop": True, "do_convert_rgb": True, "do_normalize": True, "do_rescale": True,
        "do_resize": True, "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711],
        "resample": 3, "size": {"shortest_edge": 224},
    }, indent=2) + "\n")
    worst = compare(model, tokens, image, text)
    print(f"largest difference to PyTorch: image {worst['image']:.1e}, text {worst['text']:.1e}")
    if max(worst.values()) > 5e-5:
        raise SystemExit("the graphs do not compute what PyTorch does")


if __name__ == "__main__":
    main()
