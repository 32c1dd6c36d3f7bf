#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.10"
# dependencies = ["pillow==13.0.0", "numpy==2.4.6"]
# ///
"""Generates pictures of every mode, encoding and awkward size, and preprocesses each with the real Pillow.

    uv run --script pillow_preprocess.py --out DIR [--count 1000] [--seed 0]

writes DIR/<name> and DIR/expected.jsonl, a JSON object a picture: name, and either refused (Pillow's reason) or mode, and by
variant the sha256 of the (224,224,3) uint8 bytes after resize, crop and RGB, and of the (3,224,224) float32 bytes.
The variants are openai/CLIP's _transform (original_clip), and the same after convert("RGB") and convert("L").
"""
import argparse
import hashlib
import io
import json
import os
import random
import warnings
import zlib

import numpy as np
from PIL import Image

MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
SIDES = [1, 2, 3, 7, 16, 100, 223, 224, 225, 300, 333, 448, 640, 1000]
ODD = [(1, 1), (1, 400), (400, 1), (3, 1500), (223, 225), (224, 224), (224, 225), (225, 224), (448, 224), (1500, 3), (449, 447)]


def resize_crop(im, size=224):
    w, h = im.size
    nw, nh = (size, int(size * h / w)) if w <= h else (int(size * w / h), size)
    if (nw, nh) != im.size:
        im = im.resize((nw, nh), Image.Resampling.BICUBIC)
    top, left = int(round((nh - size) / 2.0)), int(round((nw - size) / 2.0))
    return im.crop((left, top, left + size, top + size))


def tensors(im):
    for name, mode in (("original_clip", None), ("rgb_conversion", "RGB"), ("grey_conversion", "L")):
        u8 = np.ascontiguousarray(np.asarray(resize_crop(im.convert(mode) if mode else im).convert("RGB")))
        x = u8.transpose(2, 0, 1).astype(np.float32) / np.float32(255)
        f = np.ascontiguousarray((x - MEAN[:, None, None]) / STD[:, None, None])
        yield name, {"u8": hashlib.sha256(u8.tobytes()).hexdigest(), "f32": hashlib.sha256(f.tobytes()).hexdigest()}


def pixels(r, mode, w, h):
    """Noise, gradients or flat blocks: antialiasing and clipping both matter on them."""
    g = np.random.default_rng(r.randrange(1 << 30))
    n = {"1": 1, "L": 1, "P": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4}[mode]
    kind = r.randrange(3)
    if kind == 0:
        a = g.integers(0, 256, (h, w, n))
    elif kind == 1:
        y, x = np.mgrid[0:h, 0:w]
        a = np.stack([(x * (c + 1) * 3 + y * (5 - c)) % 256 for c in range(n)], -1)
    else:
        a = np.repeat(np.repeat(g.choice([0, 1, 127, 254, 255], (h // 8 + 1, w // 8 + 1, n)), 8, 0), 8, 1)[:h, :w]
    a = a.astype(np.uint8)
    if mode == "1":
        return Image.fromarray(a[..., 0]).convert("1")
    if mode == "P":
        im = Image.fromarray(a[..., 0], "L").convert("P")
        im.putpalette(g.integers(0, 256, 768).astype(np.uint8).tobytes())
        return im
    return Image.fromarray(a[..., 0] if n == 1 else a, mode)


def encode(r, im, i):
    out, mode = io.BytesIO(), im.mode
    jpeg = {"L": True, "RGB": True, "CMYK": True}.get(mode) and (mode == "CMYK" or r.random() < 0.6)
    if jpeg:
        o = {"quality": r.choice([20, 50, 75, 90, 100]), "progressive": r.random() < 0.3}
        if mode == "RGB":
            o["subsampling"] = r.choice(["4:4:4", "4:2:2", "4:2:0", "4:4:0", "4:1:1"]) if r.random() < 0.9 else 0
            if o["subsampling"] == "4:4:0":
                o["subsampling"] = "4:2:0"
        if r.random() < 0.2:
            o["restart_marker_blocks"] = r.choice([1, 3, 8])
        if r.random() < 0.2:
            exif = Image.Exif()
            exif[0x112] = r.randrange(1, 9)
            o["exif"] = exif
        im.save(out, "JPEG", **o)
        return f"{i:04d}.jpg", out.getvalue()
    o = {}
    if mode == "P":
        o["bits"] = 8
        if r.random() < 0.4:
            o["transparency"] = r.randrange(256)
    elif mode in ("L", "RGB") and r.random() < 0.3:
        o["transparency"] = 7 if mode == "L" else (1, 2, 3)
    im.save(out, "PNG", compress_level=r.choice([0, 1, 6]), **o)
    return f"{i:04d}.png", out.getvalue()


def chunk(kind, body):
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def raw_png(r, i):
    """PNG kinds that Pillow reads and does not write: odd bit depths, 16 bits, Adam7, every filter byte."""
    colour, depth = r.choice([(0, 1), (0, 2), (0, 4), (0, 8), (3, 1), (3, 2), (3, 4), (3, 8), (2, 8), (2, 16), (4, 8), (4, 16), (6, 8), (6, 16)])
    w, h = r.choice(SIDES[:10]), r.choice(SIDES[:10])
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    interlaced = r.random() < 0.4
    g, data = np.random.default_rng(i), b""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)] if interlaced else [(0, 0, 1, 1)]
    for x0, y0, dx, dy in passes:
        pw, ph = max(0, -(-(w - x0) // dx)), max(0, -(-(h - y0) // dy))
        if pw and ph:
            for _ in range(ph):
                data += bytes([r.randrange(5)]) + g.integers(0, 256, (pw * bits + 7) // 8, np.uint8).tobytes()
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", w.to_bytes(4, "big") + h.to_bytes(4, "big") + bytes([depth, colour, 0, 0, interlaced]))
    if colour == 3:
        png += chunk(b"PLTE", g.integers(0, 256, 3 << depth, np.uint8).tobytes())
    body = zlib.compress(data)
    cut = r.randrange(len(body))
    png += chunk(b"IDAT", body[:cut]) + chunk(b"IDAT", body[cut:]) + chunk(b"IEND", b"")
    return f"{i:04d}-raw.png", png


def damaged(r, name, data):
    """A truncated file; Pillow's refusal is part of what is expected."""
    return name.replace(".", "-cut.", 1), data[: r.randrange(len(data) // 2)]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--out", required=True)
    p.add_argument("--count", type=int, default=1000)
    p.add_argument("--seed", type=int, default=0)
    o = p.parse_args()
    r = random.Random(o.seed)
    os.makedirs(o.out, exist_ok=True)
    warnings.simplefilter("ignore")
    with open(os.path.join(o.out, "expected.jsonl"), "w") as lines:
        for i in range(o.count):
            if r.random() < 0.2:
                name, data = raw_png(r, i)
            else:
                size = r.choice(ODD) if r.random() < 0.25 else (r.choice(SIDES), r.choice(SIDES))
                name, data = encode(r, pixels(r, r.choice(["1", "L", "P", "LA", "RGB", "RGB", "RGB", "RGBA", "RGBA", "CMYK"]), *size), i)
            if r.random() < 0.04:
                name, data = damaged(r, name, data)
            with open(os.path.join(o.out, name), "wb") as f:
                f.write(data)
            row = {"name": name}
            try:
                im = Image.open(io.BytesIO(data))
                im.load()
                row |= {"mode": im.mode, "variants": dict(tensors(im))}
            except Exception as e:
                row["refused"] = str(e) or type(e).__name__
            lines.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
