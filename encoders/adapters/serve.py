"""What all adapters share: a small server of the Open Inference Protocol v2 for the two towers of a CLIP model, and their arguments.

An adapter makes an object with size, dim, version, image(pixels float32 [N,3,S,S]) and text(ids int64 [N,L]), and calls serve. Both functions
return a numpy array [N,D]. The server has the models "image" (pixel_values FP32) and "text" (input_ids INT64), each with one output "embeds"
FP32 [N,D], raw. It takes binary tensors and JSON. The parameter compute_ns of an answer is the time that the model itself took. The server
listens on a loopback port that the system chooses, and prints its URL once the weights are loaded. If $FASTCLIP_TOKEN is set, requests must
carry it, and the process ends when stdin ends, so that it never outlives its parent. Import this module first, because other imports take seconds.

An encoder that offers its layers has layers(tower), a list of {name, kind, dtype, weights, leaf} in the order in which they run, and
into(tower, x, put, want), which returns the embeddings and the requested tensors by name. GET v2/models/MODEL/layers returns the list, or 404
if there is none. A request may then have further inputs, which replace in/NAME or out/NAME, and may request such outputs, and weight/NAME.WEIGHT.
"""
import argparse
import glob
import hmac
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

UNAVAILABLE = 3  # exit status: this cannot run here, and the last line on stderr says why and what helps
VOCAB = 49408
LENGTH = "Inference-Header-Content-Length"


def until_stdin_ends():
    while os.read(0, 4096):  # not sys.stdin, whose lock would abort an exit of the main thread
        pass
    os._exit(0)


TOKEN = os.environ.get("FASTCLIP_TOKEN")
if TOKEN:
    threading.Thread(target=until_stdin_ends, daemon=True).start()

import numpy as np  # noqa: E402

TYPES = {"FP32": np.dtype("<f4"), "INT64": np.dtype("<i8")}


def unavailable(why):
    """Ends the adapter because it cannot run on this machine, which is nobody's fault."""
    print(why, file=sys.stderr, flush=True)
    raise SystemExit(UNAVAILABLE)


# Devices of NVIDIA's drivers, of Jetson's, of Windows' Subsystem for Linux, and of ROCm, which PyTorch also calls cuda.
GPUS = ("/dev/nvidia*", "/dev/nvhost*", "/dev/nvgpu*", "/dev/dxg", "/dev/kfd")


def refuse_without_gpu():
    """Fails before imports that take seconds if --provider cuda is used on Linux without a GPU."""
    p = argparse.ArgumentParser(add_help=False)
    p.add_argument("--provider")
    if p.parse_known_args()[0].provider == "cuda" and sys.platform == "linux" and not any(map(glob.glob, GPUS)):
        unavailable("this machine has no GPU: run it where there is an NVIDIA GPU with its driver")


def arguments(doc, options=()):
    """The command line of every adapter. options are the supported names of --option; None means that the runtime itself refuses unknown ones."""
    p = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", required=True, help="the model's folder")
    p.add_argument("--image", default="image.onnx", help="the image tower's file in it, for runtimes of ONNX files")
    p.add_argument("--text", default="text.onnx")
    p.add_argument("--provider", default="cpu")
    p.add_argument("--precision", default="fp32")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--batch", type=int, default=32, help="items per call, for runtimes that compile for a fixed batch")
    p.add_argument("--option", action="append", default=[], metavar="K=V", help="of the runtime")
    o = p.parse_args()
    for x in o.option:
        name, equals, _ = x.partition("=")
        if not equals:
            p.error(f"--option {x}: want NAME=VALUE")
        if options is not None and name not in options:
            p.error(f"--option {name}: this adapter knows {', '.join(options) or 'no options'}")
    o.option = dict(x.split("=", 1) for x in o.option)
    return o


class Refused(Exception):
    """An error of the caller: status 400."""


class Service:
    """The towers by name. They take one call at a time, because they share the runtime's threads."""

    def __init__(self, encoder):
        self.encoder = encoder
        self.run = {"image": encoder.image, "text": encoder.text}
        self.inputs = {
            "image": {"name": "pixel_values", "datatype": "FP32", "shape": [-1, 3, encoder.size, encoder.size]},
            "text": {"name": "input_ids", "datatype": "INT64", "shape": [-1, -1]},
        }
        self.lock = threading.Lock()

    def metadata(self, model):
        out = {"name": "embeds", "datatype": "FP32", "shape": [-1, self.encoder.dim]}
        return {"name": model, "versions": ["1"], "platform": self.encoder.version, "inputs": [self.inputs[model]], "outputs": [out]}

    def layers(self, model):
        with self.lock:
            return {"layers": self.encoder.layers(model)}

    def infer(self, model, head, tail):
        """Returns the outputs by name, and the nanoseconds that they took."""
        want = self.inputs[model]
        tensors = head.get("inputs", [])
        into = [o["name"] for o in head.get("outputs", []) if o["name"] != "embeds"]
        looks = (len(tensors) > 1 or into) and hasattr(self.encoder, "layers")
        if not tensors or len(tensors) > 1 and not looks or tensors[0].get("name") != want["name"] or tensors[0].get("datatype") != want["datatype"]:
            raise Refused(f"want one input {want['name']} of {want['datatype']}")
        shape = tensors[0]["shape"]
        if len(shape) != len(want["shape"]) or any(w not in (-1, s) for s, w in zip(shape, want["shape"])) or min(shape) < 1:
            raise Refused(f"input {want['name']} has shape {shape}, want {want['shape']}")
        values = []
        for t in tensors:
            x, tail = self.values(t, tail, len(tensors))
            values.append(x)
        x = values[0]
        if model == "text" and (x.min() < 0 or x.max() >= VOCAB):
            raise Refused(f"token ids must lie in 0..{VOCAB - 1}")
        with self.lock:
            start = time.perf_counter_ns()
            if looks:
                out, seen = self.encoder.into(model, x, {t["name"]: v for t, v in zip(tensors[1:], values[1:])}, into)
            else:
                out, seen = self.run[model](x), {}
            took = time.perf_counter_ns() - start
            return {n: np.ascontiguousarray(v, "<f4") for n, v in {"embeds": out, **seen}.items()}, took

    def values(self, tensor, tail, of):
        """Returns an input's values, and the rest of the bytes."""
        kind, shape, left = TYPES[tensor["datatype"]], tensor["shape"], b""
        if "data" in tensor:
            values, left = np.array(tensor["data"], kind).reshape(-1), tail
        else:
            if of > 1:
                size = tensor["parameters"]["binary_data_size"]
                tail, left = tail[:size], tail[size:]
            values = np.frombuffer(tail, kind)
        if values.size != np.prod(shape):
            raise Refused(f"input {tensor['name']} has {values.size} values, but its shape {shape} needs {np.prod(shape)}")
        return values.reshape(shape).astype(kind.type), left  # a copy, because the buffer is read-only


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    service = name = None

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
        except Exception as e:  # for example out of memory: the next request may succeed
            self.send(500, {"error": f"{type(e).__name__}: {e}"})

    def route(self, head, tail):
        if TOKEN and not hmac.compare_digest(self.headers.get("Authorization", ""), "Bearer " + TOKEN):
            return self.send(401, {"error": "the token is missing or wrong"})
        path = self.path.strip("/").split("/")
        if path == ["v2"]:
            return self.send(200, {"name": self.name, "version": self.service.encoder.version, "extensions": ["binary_tensor_data"]})
        if path[:2] == ["v2", "health"]:
            return self.send(200, {})
        if path[:2] != ["v2", "models"] or len(path) not in (3, 4) or path[2] not in self.service.inputs:
            return self.send(404, {"error": f"no {self.path} here"})
        model, verb = path[2], path[3] if len(path) == 4 else ""
        if self.command == "GET" and verb in ("", "ready"):
            return self.send(200, self.service.metadata(model) if verb == "" else {})
        if self.command == "GET" and verb == "layers" and hasattr(self.service.encoder, "layers"):
            return self.send(200, self.service.layers(model))
        if self.command != "POST" or verb != "infer":
            return self.send(404, {"error": f"no {self.path} here"})
        request = head()
        out, took = self.service.infer(model, request, tail)
        wanted = {o["name"]: o.get("parameters", {}).get("binary_data") for o in request.get("outputs", [])} or {"embeds": False}
        if gone := set(wanted) - set(out):
            raise Refused(f"no output {', '.join(sorted(gone))}")
        tensors, raw = [], b""
        for name, binary in wanted.items():
            x = out[name]
            tensor = {"name": name, "datatype": "FP32", "shape": list(x.shape)}
            if binary:
                tensor["parameters"], raw = {"binary_data_size": x.nbytes}, raw + x.tobytes()
            else:
                tensor["data"] = x.reshape(-1).tolist()
            tensors.append(tensor)
        reply = {"model_name": model, "model_version": "1", "parameters": {"compute_ns": took}, "outputs": tensors}
        self.send(200, reply, raw if any(wanted.values()) else None)

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
        """Prints nothing, because stderr is for errors."""


def serve(encoder):
    """Serves until stdin ends."""
    Handler.service, Handler.name = Service(encoder), os.path.basename(sys.argv[0])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(f"ready http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
