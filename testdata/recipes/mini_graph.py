"""The mini model's towers as ONNX graphs, opset 17, built from the weights alone. No file of its own to run.

image.onnx: pixel_values float32 [N,3,224,224] -> image_embeds [N,DIM]. text.onnx: input_ids int64 [N,L], L up to 77 -> text_embeds [N,DIM]:
causal, pooled at the first EOT (49407); of a text longer than CONTEXT the first tokens count; tokens that no prompt of the training used
share one row. Both outputs are raw, not normalised.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from mini_tokens import EOT, VOCAB
from mini_towers import CONTEXT, DIM, GRID, IMAGE, TEXT


class Graph:
    """An ONNX graph under construction; each method adds a node and returns its output's name."""

    def __init__(self, weights, width, heads, **_):
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
                # A constant, not computed from shapes: otherwise casts to float remain, and fp16 fails.
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
    g = Graph(weights, **IMAGE)
    x = g.add("Conv", "pixel_values", g.weight("conv1.weight"), kernel_shape=[32, 32], strides=[32, 32])
    x = g.add("Reshape", x, g.const("patches", np.array([0, g.width, GRID**2], np.int64)))
    x = g.add("Transpose", x, perm=[0, 2, 1])
    # The class token is a zero row at the start, and its position carries the token's values.
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


def text_graph(weights, tokens):
    g = Graph(weights, **TEXT)
    rows = np.zeros(VOCAB, np.int32)
    rows[tokens] = np.arange(1, len(tokens) + 1)
    zero, one = g.const("zero", np.array([0], np.int64)), g.const("one", np.array([1], np.int64))
    ids = g.add("Slice", "input_ids", zero, g.const("context", np.array([CONTEXT], np.int64)), one)
    length = g.add("Slice", g.add("Shape", ids), one, g.const("two", np.array([2], np.int64)))
    # The last position is always EOT. A text that was cut is pooled there, any other text before it.
    last = g.add("Slice", g.const("is_last", np.arange(CONTEXT) == CONTEXT - 1), zero, length, zero)
    ids = g.add("Where", last, g.const("eot", np.array(EOT, np.int64)), ids)
    x = g.add("Gather", g.weight("token.weight"), g.add("Gather", g.const("rows", rows), ids))
    x = g.add("Add", x, g.add("Slice", g.weight("text_pos"), zero, length, zero))
    square = g.add("Concat", length, length, axis=0)
    # exp(-10000) is exactly 0 in every precision, and conversions need not preserve an infinity.
    causal = g.const("causal", np.triu(np.full((CONTEXT, CONTEXT), -1e4, np.float32), 1))
    mask = g.add("Slice", causal, g.const("corner", np.array([0, 0], np.int64)), square, g.const("both", np.array([0, 1], np.int64)))
    for i in range(TEXT["layers"]):
        x = g.block(x, f"text_blocks.{i}", mask)
    at = g.add("ArgMax", g.add("Cast", g.add("Equal", ids, "eot"), to=TensorProto.INT32), axis=1, keepdims=1)
    x = g.norm(g.add("GatherND", x, at, batch_dims=1), "ln_final")
    g.add("MatMul", x, g.weight("text_proj"), name="text_embeds")
    info = helper.make_tensor_value_info
    return g.model([info("input_ids", TensorProto.INT64, ["batch", "length"])], [info("text_embeds", TensorProto.FLOAT, ["batch", DIM])], "mini text tower")
