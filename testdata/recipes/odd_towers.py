#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "onnx==1.23.2"]
# ///
"""Makes encoders/runtimes/testdata/odd: towers of nothing but arithmetic in the shapes that exporters give.

    uv run --script testdata/recipes/odd_towers.py encoders/runtimes/testdata/odd

image.onnx, text.onnx     fp32, int64 ids
image.fp16.onnx           float16 in and out; text.fp16.onnx: float16 out
text.int32.onnx           attention_mask before the ids, both int32; two outputs, the embedding is the second
image.external.onnx       weights in weights/image.bin; image.outside.onnx: in ../image.bin
image.fixed.onnx          batches of 2 and nothing else; text.fixed.onnx: 2 rows of 16 ids
image.pooled.onnx         two outputs of two dimensions, neither of a usual name
image.open.onnx           the output's width is not in the file
"""
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

DIM, SIDE, EOT = 16, 8, 49407
rng = np.random.default_rng(1)
WEIGHT = rng.standard_normal((3 * SIDE * SIDE, DIM)).astype(np.float32) / 8


def save(path, nodes, inputs, outputs, weights):
    graph = h.make_graph(nodes, "odd", inputs, outputs, [numpy_helper.from_array(v, k) for k, v in weights.items()])
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))
    return model


def image(path, kind=T.FLOAT, batch="n", pooled=False, width=DIM):
    dtype = {T.FLOAT: np.float32, T.FLOAT16: np.float16}[kind]
    nodes = [h.make_node("Flatten", ["pixel_values"], ["flat"]), h.make_node("MatMul", ["flat", "weight"], ["image_embeds" if not pooled else "pooled"])]
    outputs = [h.make_tensor_value_info("image_embeds", kind, [batch, width])]
    if pooled:
        nodes.append(h.make_node("Neg", ["pooled"], ["projected"]))
        outputs = [h.make_tensor_value_info(n, kind, [batch, DIM]) for n in ("pooled", "projected")]
    return save(path, nodes, [h.make_tensor_value_info("pixel_values", kind, [batch, 3, SIDE, SIDE])], outputs, {"weight": WEIGHT.astype(dtype)})


def text(path, ids=T.INT64, mask=False, out=T.FLOAT, shape=("n", "l")):
    """Sums the sines of the ids at their positions, up to and including EOT."""
    weights = {"eot": np.array(EOT, {T.INT64: np.int64, T.INT32: np.int32}[ids]), "one": np.array(1, np.int64), "last": np.array([-1], np.int64),
               "freq": (1 + np.arange(DIM, dtype=np.float32) * 0.37).reshape(1, 1, DIM), "axis1": np.array([1], np.int64), "at": np.array(1, np.int64)}
    nodes = [h.make_node("Cast", ["input_ids"], ["x"], to=T.FLOAT), h.make_node("Unsqueeze", ["x", "last"], ["x3"])]
    if mask:
        nodes.append(h.make_node("Cast", ["attention_mask"], ["keep"], to=T.FLOAT))
    else:
        nodes += [h.make_node("Equal", ["input_ids", "eot"], ["is_eot"]), h.make_node("Cast", ["is_eot"], ["ends"], to=T.INT64),
                  h.make_node("CumSum", ["ends", "at"], ["ended"], exclusive=1), h.make_node("Less", ["ended", "one"], ["before"]),
                  h.make_node("Cast", ["before"], ["keep"], to=T.FLOAT)]
    nodes += [h.make_node("CumSum", ["keep", "at"], ["place"]), h.make_node("Unsqueeze", ["place", "last"], ["place3"]),
              h.make_node("Add", ["x3", "place3"], ["moved"]), h.make_node("Mul", ["moved", "freq"], ["angle"]), h.make_node("Sin", ["angle"], ["hidden"]),
              h.make_node("Unsqueeze", ["keep", "last"], ["keep3"]), h.make_node("Mul", ["hidden", "keep3"], ["kept"]),
              h.make_node("ReduceSum", ["kept", "axis1"], ["sum"], keepdims=0), h.make_node("Cast", ["sum"], ["text_embeds"], to=out)]
    inputs = [h.make_tensor_value_info("input_ids", ids, shape)]
    outputs = [h.make_tensor_value_info("text_embeds", out, [shape[0], DIM])]
    if mask:
        inputs.insert(0, h.make_tensor_value_info("attention_mask", ids, shape))
        outputs.insert(0, h.make_tensor_value_info("hidden", T.FLOAT, [*shape, DIM]))
    save(path, nodes, inputs, outputs, weights)


def external(model, path, location):
    model = onnx.ModelProto.FromString(model.SerializeToString())
    w = model.graph.initializer[0]
    raw = w.raw_data
    onnx.external_data_helper.set_external_data(w, location, offset=0, length=len(raw))
    w.ClearField("raw_data")
    w.data_location = T.EXTERNAL
    path.write_bytes(model.SerializeToString(deterministic=True))
    return raw


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    plain = image(folder / "image.onnx")
    image(folder / "image.fp16.onnx", T.FLOAT16)
    image(folder / "image.fixed.onnx", batch=2)
    image(folder / "image.pooled.onnx", pooled=True)
    image(folder / "image.open.onnx", width="d")
    (folder / "weights").mkdir(exist_ok=True)
    (folder / "weights" / "image.bin").write_bytes(external(plain, folder / "image.external.onnx", "weights/image.bin"))
    external(plain, folder / "image.outside.onnx", "../image.bin")
    text(folder / "text.onnx")
    text(folder / "text.fp16.onnx", out=T.FLOAT16)
    text(folder / "text.int32.onnx", T.INT32, mask=True)
    text(folder / "text.fixed.onnx", shape=(2, 16))


main(Path(sys.argv[1]))
