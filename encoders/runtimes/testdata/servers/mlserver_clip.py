#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11,<3.13"
# dependencies = ["mlserver==1.7.1", "numpy==1.26.4"]
# ///
"""A real MLServer with a runtime of our own: models "image" and "text" of the arithmetic that encoders/oip/oiptest has.

    uv run --script mlserver_clip.py [SECONDS]

Prints "ready URL METRICS" and serves until stdin ends. Loading the text model takes SECONDS.
"""
import asyncio
import json
import os
import socket
import sys
import tempfile
import threading

import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse

DIM, SIDE, EOT = 16, 32, 49407


def embed(rows, text):
    out = np.zeros((len(rows), DIM), np.float32)
    for n, row in enumerate(rows.reshape(len(rows), -1)):
        if text and EOT in row:
            row = row[: list(row).index(EOT) + 1]
        angle = (1 + np.arange(len(row), dtype=np.float64))[:, None] * (1 + np.arange(DIM))
        out[n] = (row.astype(np.float64)[:, None] * np.sin(angle)).sum(0)
    return out


class Arithmetic(MLModel):
    async def load(self):
        await asyncio.sleep(float(os.environ.get("LOAD_SECONDS", 0)) if self.name == "text" else 0)
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        out = embed(NumpyCodec.decode_input(payload.inputs[0]), self.name == "text")
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("embeds", out)])


def free(n):
    holders = [socket.socket() for _ in range(n)]
    for s in holders:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in holders]
    for s in holders:
        s.close()
    return ports


async def serve():
    from mlserver import MLServer, ModelSettings, Settings

    http, grpc, metrics = free(3)
    settings = Settings(host="127.0.0.1", http_port=http, grpc_port=grpc, metrics_port=metrics, parallel_workers=0, metrics_dir=tempfile.mkdtemp())
    out = {"outputs": [{"name": "embeds", "datatype": "FP32", "shape": [-1, DIM]}], "implementation": "__main__.Arithmetic"}
    models = [
        {"name": "image", "inputs": [{"name": "pixel_values", "datatype": "FP32", "shape": [-1, 3, SIDE, SIDE]}], **out},
        {"name": "text", "inputs": [{"name": "input_ids", "datatype": "INT64", "shape": [-1, -1]}], **out},
    ]
    server = MLServer(settings)
    print(f"ready http://127.0.0.1:{http} http://127.0.0.1:{metrics}/metrics", flush=True)
    await server.start([ModelSettings.model_validate(m) for m in models])


def until_stdin_ends():
    while os.read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        os.environ["LOAD_SECONDS"] = sys.argv[1]
    threading.Thread(target=until_stdin_ends, daemon=True).start()
    asyncio.run(serve())
