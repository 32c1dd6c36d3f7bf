#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.10"
# dependencies = ["hf-processors-rs==0.1.0", "numpy==2.4.6"]
# ///
"""hf-processors-rs, Hugging Face's image processors in Rust, as the peer of fastclip bench preprocess --peer.

    uv run --script hf_peer.py [CONFIG...] IMAGE

writes a line of JSON: name, and jobs, which are decode, the pipelines that it knows, and the files of preprocessing that it is given. Then it does each job that it reads, a line
each, on one thread, and writes the milliseconds that it took: read and decode the file, or prepare the decoded picture.
"""
import json
import sys
import time

import hf_processors_rs as hf

CLIP = {
    "image_processor_type": "CLIPImageProcessor",
    "crop_size": {"height": 224, "width": 224}, "size": {"shortest_edge": 224}, "resample": 3,
    "do_center_crop": True, "do_convert_rgb": True, "do_normalize": True, "do_rescale": True, "do_resize": True, "rescale_factor": 1 / 255,
    "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711],
}
SIGLIP = {
    "image_processor_type": "SiglipImageProcessor", "size": {"height": 224, "width": 224}, "resample": 3,
    "do_convert_rgb": True, "do_normalize": True, "do_rescale": True, "do_resize": True, "rescale_factor": 1 / 255,
    "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
}


def main():
    *configs, path = sys.argv[1:]
    pixels = hf.load_image_array(path)
    jobs = {"decode": lambda: hf.load_image_array(path)}
    known = {"hf_processor": CLIP, "siglip": SIGLIP}
    for name in configs:
        with open(name, encoding="utf-8") as f:
            known[name] = json.load(f)
    for name, config in known.items():
        processor = hf.AutoImageProcessor.from_dict(config)
        jobs[name] = lambda processor=processor: processor(pixels, num_threads=1)
    print(json.dumps({"name": f"hf-processors-rs {hf.__version__}", "jobs": list(jobs)}), flush=True)
    for line in sys.stdin:
        begin = time.perf_counter()
        jobs[line.strip()]()
        print((time.perf_counter() - begin) * 1000, flush=True)


if __name__ == "__main__":
    main()
