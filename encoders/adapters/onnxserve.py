"""ONNX files in Python's onnxruntime, for the scripts beside it: one each for its builds, which exclude each other.

--provider is a name such as openvino, cuda or tensorrt; --option K=V are that provider's own options.
"""
from pathlib import Path

import numpy as np
import onnxruntime as ort

import serve

NAMES = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider", "tensorrt": "TensorrtExecutionProvider", "openvino": "OpenVINOExecutionProvider"}
TYPES = {"tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(float)": np.float32, "tensor(float16)": np.float16}


class Tower:
    def __init__(self, path, provider, options, threads, output):
        so = ort.SessionOptions()
        so.intra_op_num_threads = threads
        providers = [(provider, options)] + ([] if provider == NAMES["cpu"] else [NAMES["cpu"]])
        self.session = ort.InferenceSession(str(path), so, providers=providers)
        if self.session.get_providers()[0] != provider:  # otherwise it falls back with only a warning
            serve.unavailable(f"onnxruntime could not start {provider} and fell back to {self.session.get_providers()[0]}: check that its driver and libraries are installed")
        self.inputs = self.session.get_inputs()
        rows = [o for o in self.session.get_outputs() if len(o.shape) == 2]
        rows = [o for o in rows if o.name == output] or rows
        if len(rows) != 1:
            raise SystemExit(f"{path}: has {len(rows)} outputs [N,D]: want {output}, or only one")
        if [i.name for i in self.inputs[1:]] not in ([], ["attention_mask"]) or self.inputs[0].type not in TYPES:
            raise SystemExit(f"{path}: takes {[(i.name, i.type) for i in self.inputs]}: want pixel_values, or input_ids and attention_mask")
        self.output, self.dim = rows[0].name, rows[0].shape[-1]

    def run(self, x):
        feed = {self.inputs[0].name: x.astype(TYPES[self.inputs[0].type], copy=False)}
        for i in self.inputs[1:]:
            at = (x == serve.VOCAB - 1).argmax(1)[:, None]
            feed[i.name] = (np.arange(x.shape[1]) <= at).astype(TYPES[i.type])
        return self.session.run([self.output], feed)[0]


class Served:
    def __init__(self, o, provider):
        options = {k: v for k, v in o.option.items()}
        self.towers = [Tower(Path(o.model) / f, provider, options, o.threads, out) for f, out in ((o.image, "image_embeds"), (o.text, "text_embeds"))]
        self.size, self.dim = self.towers[0].inputs[0].shape[-1], self.towers[0].dim
        self.version = f"{ort.__version__} {provider}"
        if not isinstance(self.size, int) or not isinstance(self.dim, int):
            raise SystemExit(f"{o.image}: takes {self.towers[0].inputs[0].shape} and gives {self.dim} values: want both fixed in the file")

    def image(self, pixels):
        return self.towers[0].run(pixels)

    def text(self, ids):
        return self.towers[1].run(ids)


def main(doc, what):
    o = serve.arguments(doc, None)
    if o.provider.lower() == "cpu" and o.option:
        raise SystemExit(f"option {', '.join(o.option)}: provider cpu has no options")
    provider = NAMES.get(o.provider.lower(), o.provider)
    if provider not in ort.get_available_providers():
        serve.unavailable(f"{what} has no provider {o.provider}: it has {', '.join(ort.get_available_providers())}")
    serve.serve(Served(o, provider))
