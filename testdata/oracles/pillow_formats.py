#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.10"
# dependencies = ["pillow==13.0.0", "numpy==2.4.6"]
# ///
"""Writes pictures of the formats that fastclip has the real Pillow decode, and what Pillow makes of each.

    uv run --script pillow_formats.py --out DIR

writes DIR/<name> and DIR/expected.jsonl, one object per picture as pillow_mutations.py has it; exif is the sha256 of the pixels as
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


def made(r, mode):
    """Makes pixels in a mode that pillow_preprocess does not make."""
    if mode in ("F", "I"):
        grey = np.asarray(pictures.pixels(r, "L", 61, 40)).astype(np.float64) * 1.7 - 60
        return Image.fromarray(grey.astype(np.float32) if mode == "F" else (grey * 1000).astype(np.int32) // r.choice([1, 700]))
    if mode == "PA":
        im = pictures.pixels(r, "P", 61, 40).convert("PA")
        return im
    if mode in ("YCbCr", "LAB"):
        return Image.frombytes(mode, (61, 40), pictures.pixels(r, "RGB", 61, 40).tobytes())
    return pictures.pixels(r, mode, 61, 40)


def swapped(im):
    """Encodes 16-bit grey as in a big-endian TIFF file."""
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
        ("tga", ("1", "L", "LA", "P", "RGB", "RGBA"), {}), ("vst", ("P", "RGB"), {"compression": "tga_rle"}), ("pcx", ("1", "L", "P", "RGB"), {}),
        ("sgi", ("L", "RGB", "RGBA"), {}), ("im", ("1", "L", "P", "RGB", "RGBA", "YCbCr"), {}), ("xbm", ("1",), {}), ("msp", ("1",), {}),
        ("pfm", ("F",), {}), ("spi", ("F",), {}), ("blp", ("P",), {}), ("pgm", ("I;16",), {}), ("dib", ("RGB",), {}),
    ):
        for mode in modes:
            im, out = made(r, mode), io.BytesIO()
            form = {"tif": "TIFF", "jp2": "JPEG2000", "j2k": "JPEG2000", "pgm": "PPM", "pbm": "PPM", "pfm": "PPM", "vst": "TGA", "spi": "SPIDER"}.get(name, name.upper())
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
    for mode in ("F", "I", "YCbCr", "PA", "LAB"):
        out = io.BytesIO()
        made(r, mode).save(out, "TIFF")
        yield f"{mode}.tiff", out.getvalue()
    numbers = np.random.default_rng(3)
    for name, kind in (("i2", ">i2"), ("i4", "<i4"), ("f4", ">f4"), ("bytes", "u1")):  # FITS, which stores rows from the bottom up
        bits = {"i2": 16, "i4": 32, "f4": -32, "bytes": 8}[name]
        cards = ["SIMPLE  =                    T", f"BITPIX  = {bits:>20}", "NAXIS   =                    2", "NAXIS1  =                   61", "NAXIS2  =                   40", "END"]
        yield f"{name}.fits", "".join(c.ljust(80) for c in cards).encode().ljust(2880) + numbers.integers(0, 255, (40, 61)).astype(kind).tobytes().ljust(2880, b"\0")
    yield "ras", b"\x59\xa6\x6a\x95" + b"".join(v.to_bytes(4, "big") for v in (61, 40, 24, 0, 1, 0, 0)) + numbers.bytes(61 * 3 * 40 + 40)
    yield "text.im", b"no picture at all\n"
    yield "noise.tga", numbers.bytes(3000)
    yield "random.bin", b"\1" + numbers.bytes(3000)


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
