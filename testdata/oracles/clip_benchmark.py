#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["clip-benchmark==1.6.2", "open_clip_torch==3.3.0", "torch==2.15.0", "torchvision==0.29.2", "numpy==2.3.5",
#     "webdataset==0.2.111", "requests", "scikit-learn"]
# ///
"""What CLIP_benchmark measures on a webdataset: clip_benchmark.py SET WEIGHTS [ARCH].

SET is a folder that `fastclip datasets convert` or `make scenes` wrote. WEIGHTS is a file of weights, or random@SEED:
open_clip's own initialisation. Prints a JSON object: CLIP_benchmark's metrics, and the seconds that its command took.
numpy is not the newest: from 2.4 on CLIP_benchmark's accuracy is a TypeError.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time


def main() -> None:
    folder, weights, arch = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], (sys.argv[3:] or ["ViT-B-32-quickgelu"])[0]
    with tempfile.TemporaryDirectory() as tmp:
        if weights.startswith("random@"):
            import open_clip
            import torch

            torch.manual_seed(int(weights.removeprefix("random@")))
            model = open_clip.create_model(arch, pretrained=None)
            weights = os.path.join(tmp, "weights.pt")
            torch.save(model.state_dict(), weights)
        retrieval = (folder / "dataset_type.txt").read_text().strip() == "retrieval"
        out = os.path.join(tmp, "out.json")
        start = time.perf_counter()
        done = subprocess.run(
            [os.path.join(os.path.dirname(sys.executable), "clip_benchmark"), "eval", "--dataset", "wds/" + folder.name, "--dataset_root", str(folder),
             "--model", arch, "--pretrained", weights, "--no_amp", "--num_workers", "0", "--output", out,
             "--task", "zeroshot_retrieval" if retrieval else "zeroshot_classification", "--recall_k", "1", "5", "10"],
            env=os.environ | {"HF_HUB_OFFLINE": "1"}, capture_output=True, text=True)
        seconds = time.perf_counter() - start
        if done.returncode != 0:
            sys.exit(done.stdout + done.stderr)
        print(json.dumps({"metrics": json.loads(pathlib.Path(out).read_text())["metrics"], "seconds": round(seconds, 1)}))


main()
