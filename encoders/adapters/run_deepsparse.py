#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.9,<3.12"
# dependencies = ["deepsparse==1.8.0", "numpy==1.26.4", "onnx==1.14.1", "onnxruntime==1.19.2"]
# ///
"""ONNX files in Neural Magic's DeepSparse (x86-64 with AVX2 at least; 1.9.0 on the registry is empty).

    uv run --script run_deepsparse.py --model FOLDER [--image image.onnx] [--text text.onnx]

Each tower is one engine, compiled for --batch items before the server is ready. A smaller batch is padded, and takes as long. Texts are
padded to the context, because ids after EOT cannot change the embedding.
"""
import serve

import os
import tempfile
from pathlib import Path

os.environ.setdefault("NM_DISABLE_ANALYTICS", "1")  # it sends statistics otherwise
os.environ.setdefault("NM_DISABLE_SPARSEZOO", "1")

import numpy as np
import onnx

CONTEXT = 77


class Tower:
    """A file with one fixed input size."""

    def __init__(self, path, batch, threads, row=()):
        from deepsparse import Engine

        model = onnx.load(path)
        if len(model.graph.input) != 1:
            raise SystemExit(f"{path}: has {len(model.graph.input)} inputs: want one")
        dims = model.graph.input[0].type.tensor_type.shape.dim
        for d, size in zip(dims, (batch, *row)):
            d.dim_value = size
        self.batch, self.shape = batch, tuple(d.dim_value for d in dims)
        self.dim = model.graph.output[0].type.tensor_type.shape.dim[1].dim_value
        with tempfile.TemporaryDirectory() as folder:
            onnx.save(model, os.path.join(folder, "model.onnx"))
            self.engine = Engine(os.path.join(folder, "model.onnx"), batch_size=batch, num_cores=threads)

    def run(self, x):
        out = []
        for i in range(0, len(x), self.batch):
            part = x[i : i + self.batch]
            whole = np.pad(part, [(0, self.batch - len(part))] + [(0, 0)] * (x.ndim - 1), mode="edge")
            out.append(self.engine.run([np.ascontiguousarray(whole)])[0][: len(part)])
        return np.concatenate(out)


class DeepSparse:
    def __init__(self, o):
        import deepsparse

        self.pictures = Tower(Path(o.model) / o.image, o.batch, o.threads)
        self.texts = Tower(Path(o.model) / o.text, o.batch, o.threads, (CONTEXT,))
        self.size, self.dim, self.version = self.pictures.shape[-1], self.pictures.dim, deepsparse.__version__

    def image(self, pixels):
        return self.pictures.run(pixels)

    def text(self, ids):
        if ids.shape[1] < CONTEXT:
            ids = np.pad(ids, ((0, 0), (0, CONTEXT - ids.shape[1])))
        return self.texts.run(ids)


def main():
    o = serve.arguments(__doc__)
    if o.provider != "cpu":
        serve.unavailable("DeepSparse runs on CPUs only: give provider cpu")
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    if " avx2" not in flags:
        serve.unavailable("DeepSparse wants an x86-64 CPU with AVX2, on Linux: run it on such a machine")
    serve.serve(DeepSparse(o))


if __name__ == "__main__":
    main()
