#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11,<3.12"
# dependencies = ["nvidia-pytriton==0.7.0", "numpy==1.26.4"]
# ///
"""A real Triton Inference Server (in pytriton's wheel, 55 MB), CPU only: the models of mlserver_clip.py.

    uv run --script triton_clip.py

Prints "ready URL" and serves until stdin ends. Its statistics want $FASTCLIP_TOKEN ("secret") in the header triton-access-token.
Triton's Python comes with the wheel, and takes the standard library of the Python that runs this: of 3.11, versions up to 3.11.6 do.
"""
import os
import socket

import numpy as np
from pytriton.model_config import ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig, TritonSecurityConfig

DIM, SIDE, EOT = 16, 32, 49407


def embed(rows, text):
    out = np.zeros((len(rows), DIM), np.float32)
    for n, row in enumerate(rows.reshape(len(rows), -1)):
        if text and EOT in row:
            row = row[: list(row).index(EOT) + 1]
        angle = (1 + np.arange(len(row), dtype=np.float64))[:, None] * (1 + np.arange(DIM))
        out[n] = (row.astype(np.float64)[:, None] * np.sin(angle)).sum(0)
    return out


def free(n):
    holders = [socket.socket() for _ in range(n)]
    for s in holders:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in holders]
    for s in holders:
        s.close()
    return ports


def main():
    http, grpc, metrics = free(3)
    config = TritonConfig(http_address="127.0.0.1", grpc_address="127.0.0.1", http_port=http, grpc_port=grpc, metrics_port=metrics)
    embeds = [Tensor(name="embeds", dtype=np.float32, shape=(DIM,))]
    with Triton(config=config, security_config=TritonSecurityConfig(access_token=os.environ.get("FASTCLIP_TOKEN", "secret"))) as triton:
        for name, port in (("image", Tensor(name="pixel_values", dtype=np.float32, shape=(3, SIDE, SIDE))), ("text", Tensor(name="input_ids", dtype=np.int64, shape=(-1,)))):
            def run(requests, text=name == "text"):
                return [{"embeds": embed(next(iter(r.data.values())), text)} for r in requests]
            triton.bind(model_name=name, infer_func=run, inputs=[port], outputs=embeds, config=ModelConfig(max_batch_size=64))
        triton.run()
        print(f"ready http://127.0.0.1:{http}", flush=True)
        while os.read(0, 4096):
            pass


if __name__ == "__main__":
    main()
