#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.10"
# dependencies = ["pillow==13.0.0", "numpy==2.4.6"]
# ///
"""Writes pictures of the formats that fastclip has the real Pillow decode, and what Pillow makes of each.

    uv run --script pillow_formats.py --out DIR

writes DIR/<name> and DIR/expected.jsonl, an object a picture as pillow_mutations.py has it; exif is the sha256 of the pixels as
RGB after ImageOps.exif_transpose.
"""
import argparse
import hashlib
import io
import json
import os
import random
import sys

import numpy as np
from PIL import Image, ImageOps

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pillow_preprocess as pictures  # noqa: E402


def swapped(im):
    """16-bit grey as a TIFF file of big-endian words has it."""
    return Image.frombytes("I;16B", im.size, np.asarray(im).astype(">u2").tobytes())


def files():
    r = random.Random(7)
    exif = Image.Exif()
    exif[0x112] = 6
    for name, modes, options in (
        ("avif", ("L", "RGB", "RGBA"), {"quality": 70, "speed": 10, "exif": exif.tobytes()}),
        ("tiff", ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"), {"exif": exif}),
        ("tif", ("1", "L", "RGB"), {"compression": "tiff_lzw"}),
        ("jp2", ("L", "LA", "RGB", "RGBA"), {}),
        ("j2k", ("RGB",), {"irreversible": True}),
        ("ppm", ("RGB",), {}), ("pgm", ("L",), {}), ("pbm", ("1",), {}), ("ico", ("RGBA",), {}), ("qoi", ("RGB", "RGBA"), {}), ("dds", ("RGBA",), {}),
        ("icns", ("RGBA",), {}), ("mpo", ("RGB",), {}),
    ):
        for mode in modes:
            im, out = pictures.pixels(r, mode, 61, 40), io.BytesIO()
            form = {"tif": "TIFF", "tiff": "TIFF", "jp2": "JPEG2000", "j2k": "JPEG2000", "pgm": "PPM", "pbm": "PPM"}.get(name, name.upper())
            if name == "mpo":
                options = {"save_all": True, "append_images": [im]}
            if name == "icns":
                im = im.resize((64, 64))
            if name == "j2k":
                options |= {"no_jp2": True}
            im.save(out, form, **options)
            yield f"{mode.replace(';', '')}.{name}", out.getvalue()
    out = io.BytesIO()
    swapped(pictures.pixels(r, "I;16", 61, 40)).save(out, "TIFF")
    yield "I16B.tiff", out.getvalue()
    out = io.BytesIO()
    Image.fromarray(np.zeros((4, 4), np.float32)).save(out, "TIFF")
    yield "F.tiff", out.getvalue()


def row(data):
    try:
        im = Image.open(io.BytesIO(data))
        im.load()
    except Exception as e:
        return {"refused": f"{type(e).__name__}: {e}"}
    sha = lambda x: hashlib.sha256(x).hexdigest()
    return {
        "mode": im.mode, "size": im.size, "rgb": sha(im.convert("RGB").tobytes()), "exif": sha(ImageOps.exif_transpose(im).convert("RGB").tobytes()),
        "u8": sha(np.ascontiguousarray(np.asarray(pictures.resize_crop(im).convert("RGB"))).tobytes()),
    }


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--out", required=True)
    o = p.parse_args()
    os.makedirs(o.out, exist_ok=True)
    with open(os.path.join(o.out, "expected.jsonl"), "w") as lines:
        for name, data in files():
            for name, data in ((name, data), ("cut-" + name, data[: len(data) * 2 // 3])):
                with open(os.path.join(o.out, name), "wb") as f:
                    f.write(data)
                lines.write(json.dumps({"name": name, **row(data)}) + "\n")


if __name__ == "__main__":
    main()
