#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.15.0", "numpy==2.4.6", "safetensors==0.8.0"]
# ///
"""Serves fastclip's mini model in PyTorch over the Open Inference Protocol v2.

    uv run --script torch_mini.py --weights model.safetensors

Models "image" (pixel_values FP32 [N,3,224,224]) and "text" (input_ids INT64 [N,L]), one output "embeds" FP32 [N,128], raw.
Binary tensors and JSON; compute_ns among an answer's parameters is what the model itself took. Listens on a loopback port of the system's choice and prints its URL once the weights are loaded.
When $FASTCLIP_TOKEN is set, requests must carry it, and the server ends when stdin does: it never outlives who started it.
"""
import argparse
import hmac
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def until_stdin_ends():
    while os.read(0, 4096):  # not sys.stdin: its lock would abort an exit of the main thread
        pass
    os._exit(0)


TOKEN = os.environ.get("FASTCLIP_TOKEN")
if TOKEN:  # before the imports, which take seconds
    threading.Thread(target=until_stdin_ends, daemon=True).start()

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from safetensors import safe_open  # noqa: E402

WIDTH, HEADS, CONTEXT, SIDE, EOT, VOCAB = 128, 4, 32, 224, 49407, 49408
NO_DEVICE = 3  # exit status: nothing to install would help
LENGTH = "Inference-Header-Content-Length"
TYPES = {"FP32": np.dtype("<f4"), "INT64": np.dtype("<i8")}


class Mini:
    """The two towers, on the weights as mini_train.py names them."""

    def __init__(self, path, device, dtype):
        with safe_open(path, "pt") as f:
            tokens = json.loads(f.metadata()["mini"])["tokens"]
            self.w = {k: f.get_tensor(k).to(device, dtype) for k in f.keys()}
        rows = torch.zeros(VOCAB, dtype=torch.long)  # a token without a row of its own has row 0
        rows[torch.tensor(tokens)] = torch.arange(1, len(tokens) + 1)
        self.rows, self.device, self.dtype = rows.to(device), device, dtype

    def norm(self, x, name):
        return F.layer_norm(x, (WIDTH,), self.w[name + ".weight"], self.w[name + ".bias"])

    def linear(self, x, name):
        return F.linear(x, self.w[name + ".weight"], self.w[name + ".bias"])

    def block(self, x, name, causal):
        n, length, _ = x.shape
        q, k, v = self.linear(self.norm(x, name + ".ln_1"), name + ".in_proj").view(n, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        x = x + self.linear(y.transpose(1, 2).reshape(n, length, WIDTH), name + ".out_proj")
        h = self.linear(self.norm(x, name + ".ln_2"), name + ".c_fc")
        return x + self.linear(h * torch.sigmoid(1.702 * h), name + ".c_proj")

    def image(self, pixels):
        """Trained at 112x112: a 2x2 average makes that of 224x224."""
        x = F.avg_pool2d(pixels.to(self.device, self.dtype), 2)
        x = F.conv2d(x, self.w["conv1.weight"], stride=16).flatten(2).transpose(1, 2)
        x = torch.cat([self.w["cls"].expand(x.shape[0], 1, -1), x], 1) + self.w["pos"]
        x = self.norm(x, "ln_pre")
        for i in range(4):
            x = self.block(x, f"image_blocks.{i}", False)
        return self.norm(x[:, 0], "ln_post") @ self.w["image_proj"]

    def text(self, ids):
        ids = ids[:, :CONTEXT].to(self.device)
        if ids.shape[1] == CONTEXT:  # a text that is cut ends in EOT
            ids = torch.cat([ids[:, :-1], torch.full_like(ids[:, -1:], EOT)], 1)
        x = self.w["token.weight"][self.rows[ids]] + self.w["text_pos"][: ids.shape[1]]
        for i in range(2):
            x = self.block(x, f"text_blocks.{i}", True)
        at = (ids == EOT).int().argmax(1)
        return self.norm(x[torch.arange(len(ids), device=self.device), at], "ln_final") @ self.w["text_proj"]


class Refused(Exception):
    """What the caller did wrong: status 400."""


class Service:
    """The models by name, one call at a time: torch's threads are shared."""

    def __init__(self, mini):
        self.run = {"image": mini.image, "text": mini.text}
        self.inputs = {
            "image": {"name": "pixel_values", "datatype": "FP32", "shape": [-1, 3, SIDE, SIDE]},
            "text": {"name": "input_ids", "datatype": "INT64", "shape": [-1, -1]},
        }
        self.lock = threading.Lock()

    def metadata(self, model):
        out = {"name": "embeds", "datatype": "FP32", "shape": [-1, WIDTH]}
        return {"name": model, "versions": ["1"], "platform": "pytorch " + torch.__version__, "inputs": [self.inputs[model]], "outputs": [out]}

    def infer(self, model, head, tail):
        want = self.inputs[model]
        tensors = head.get("inputs", [])
        if len(tensors) != 1 or tensors[0].get("name") != want["name"] or tensors[0].get("datatype") != want["datatype"]:
            raise Refused(f"want one input {want['name']} of {want['datatype']}")
        shape = tensors[0]["shape"]
        if len(shape) != len(want["shape"]) or any(w not in (-1, s) for s, w in zip(shape, want["shape"])) or min(shape) < 1:
            raise Refused(f"input {want['name']} has shape {shape}, want {want['shape']}")
        kind = TYPES[want["datatype"]]
        if "data" in tensors[0]:
            values = np.array(tensors[0]["data"], kind).reshape(-1)
        else:
            values = np.frombuffer(tail, kind)
        if values.size != np.prod(shape):
            raise Refused(f"input {want['name']} has {values.size} values, its shape {shape} wants {np.prod(shape)}")
        x = torch.from_numpy(values.reshape(shape).astype(kind.newbyteorder("=")))  # a copy: the buffer is read-only
        if model == "text" and (x.min() < 0 or x.max() >= VOCAB):
            raise Refused(f"token ids must lie in 0..{VOCAB - 1}")
        with self.lock, torch.inference_mode():
            start = time.perf_counter_ns()
            out = self.run[model](x).float().cpu().numpy().astype("<f4")
            return out, time.perf_counter_ns() - start


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    service = token = None

    def do_GET(self):
        self.answer({})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        n = int(self.headers.get(LENGTH, len(body)))
        self.answer(lambda: json.loads(body[:n]), body[n:])

    def answer(self, head, tail=b""):
        try:
            self.route(head, tail)
        except Refused as e:
            self.send(400, {"error": str(e)})
        except (ValueError, KeyError, TypeError) as e:
            self.send(400, {"error": f"not a request of the protocol: {e!r}"})
        except Exception as e:  # out of memory and the like: the next request may do better
            self.send(500, {"error": f"{type(e).__name__}: {e}"})

    def route(self, head, tail):
        if self.token and not hmac.compare_digest(self.headers.get("Authorization", ""), "Bearer " + self.token):
            return self.send(401, {"error": "the token is missing or wrong"})
        path = self.path.strip("/").split("/")
        if path == ["v2"]:
            return self.send(200, {"name": "torch_mini.py", "version": torch.__version__, "extensions": ["binary_tensor_data"]})
        if path[:2] == ["v2", "health"]:
            return self.send(200, {})
        if path[:2] != ["v2", "models"] or len(path) not in (3, 4) or path[2] not in self.service.inputs:
            return self.send(404, {"error": f"no {self.path} here"})
        model, verb = path[2], path[3] if len(path) == 4 else ""
        if self.command == "GET" and verb in ("", "ready"):
            return self.send(200, self.service.metadata(model) if verb == "" else {})
        if self.command != "POST" or verb != "infer":
            return self.send(404, {"error": f"no {self.path} here"})
        request = head()
        out, took = self.service.infer(model, request, tail)
        tensor = {"name": "embeds", "datatype": "FP32", "shape": list(out.shape)}
        reply = {"model_name": model, "model_version": "1", "parameters": {"compute_ns": took}, "outputs": [tensor]}
        if any(o.get("parameters", {}).get("binary_data") for o in request.get("outputs", [])):
            tensor["parameters"] = {"binary_data_size": out.nbytes}
            return self.send(200, reply, out.tobytes())
        tensor["data"] = out.reshape(-1).tolist()
        self.send(200, reply)

    def send(self, status, value, tail=None):
        head = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if tail is None else "application/octet-stream")
        if tail is not None:
            self.send_header(LENGTH, str(len(head)))
        self.send_header("Content-Length", str(len(head) + len(tail or b"")))
        self.end_headers()
        self.wfile.write(head + (tail or b""))

    def log_message(self, *_):
        """Nothing: stderr is for what goes wrong."""


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--weights", required=True)
    p.add_argument("--device", default="cpu")
    p.add_argument("--precision", default="fp32", choices=["fp32", "fp16", "bf16"])
    p.add_argument("--threads", type=int, default=1)
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    if o.device != "cpu" and not torch.cuda.is_available():
        print(f"device {o.device}: this PyTorch sees no GPU", file=sys.stderr)
        raise SystemExit(NO_DEVICE)
    dtype = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}[o.precision]
    Handler.token = TOKEN
    Handler.service = Service(Mini(o.weights, o.device, dtype))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(f"ready http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
