#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.10"
# dependencies = ["pillow==13.0.0", "numpy==2.4.6"]
# ///
"""Generates pictures of every mode, encoding and awkward size, and preprocesses each with the real Pillow.

    uv run --script pillow_preprocess.py --out DIR [--count 1000] [--seed 0] [--all]

writes DIR/<name> and DIR/expected.jsonl, a JSON object a picture: name, and either refused (Pillow's reason) or mode, and by
variant the sha256 of the (224,224,3) uint8 bytes after resize, crop and RGB, and of the (3,224,224) float32 bytes.
The variants are openai/CLIP's _transform (original_clip), and the same after convert("RGB") and convert("L") and, where there is
metadata, after ImageOps.exif_transpose (exif). Of open_clip_squash and open_clip_longest, which resize as open_clip's modes squash
(bilinear) and longest (bicubic, bars of 127), the bytes alone. A variant that Pillow refuses is empty. Pictures of which Pillow's
resize makes over two million pixels, most of them for the crop to drop, are done as original_clip alone, but with --all.
"""
import argparse
import hashlib
import io
import json
import os
import random
import warnings
import zlib
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from PIL import Image, ImageFile, ImageOps, PngImagePlugin

MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
SIDES = [1, 2, 3, 7, 16, 100, 223, 224, 225, 300, 333, 448, 640, 1000]
ODD = [(1, 1), (1, 400), (400, 1), (3, 1500), (223, 225), (224, 224), (224, 225), (225, 224), (448, 224), (1500, 3), (449, 447)]
EXTREME = [(1, 4000), (3, 5000), (4000, 1), (5000, 3)]  # Pillow takes seconds and gigabytes for one of these; eight in a thousand pictures are


def resize_crop(im, size=224):
    w, h = im.size
    nw, nh = (size, int(size * h / w)) if w <= h else (int(size * w / h), size)
    if (nw, nh) != im.size:
        im = im.resize((nw, nh), Image.Resampling.BICUBIC)
    top, left = int(round((nh - size) / 2.0)), int(round((nw - size) / 2.0))
    return im.crop((left, top, left + size, top + size))


def squash(im, size=224):
    return im if im.size == (size, size) else im.resize((size, size), Image.Resampling.BILINEAR)


def longest(im, size=224, fill=127):
    """open_clip's ResizeKeepRatio(size, longest=1) and CenterCropOrPad(size, fill), with torchvision's functions written out."""
    w, h = im.size
    ratio = max(h / size, w / size)
    nw, nh = round(w / ratio), round(h / ratio)
    if (nw, nh) != im.size:
        im = im.resize((nw, nh), Image.Resampling.BICUBIC)
    left, top = (size - nw) // 2, (size - nh) // 2
    if (nw, nh) == (size, size):
        return im
    bands = len(im.getbands())
    palette = im.getpalette() if im.mode == "P" else None
    im = ImageOps.expand(im, (left, top, size - nw - left, size - nh - top), (fill,) * bands if bands > 1 else fill)
    if palette is not None:
        im.putpalette(palette)
    return im


def tensors(im, every):
    for name, make in (("open_clip_squash", squash), ("open_clip_longest", longest)):
        try:
            u8 = np.ascontiguousarray(np.asarray(make(im).convert("RGB")))
        except ValueError:  # 1x1000 becomes 0x224
            yield name, {}
            continue
        yield name, {"u8": hashlib.sha256(u8.tobytes()).hexdigest()}
    makers = {"original_clip": lambda: im, "rgb_conversion": lambda: im.convert("RGB"), "grey_conversion": lambda: im.convert("L")}
    if any(key in im.info for key in ("exif", "xmp", "Raw profile type exif", "XML:com.adobe.xmp")):
        makers["exif"] = lambda: ImageOps.exif_transpose(im)
    if not every and 224 * 224 * max(im.size) > 2e6 * min(im.size):
        makers = {"original_clip": makers["original_clip"]}
    for name, make in makers.items():
        try:
            made = make()
        except Exception:  # not valid EXIF
            yield name, {}
            continue
        u8 = np.ascontiguousarray(np.asarray(resize_crop(made).convert("RGB")))
        x = u8.transpose(2, 0, 1).astype(np.float32) / np.float32(255)
        f = np.ascontiguousarray((x - MEAN[:, None, None]) / STD[:, None, None])
        yield name, {"u8": hashlib.sha256(u8.tobytes()).hexdigest(), "f32": hashlib.sha256(f.tobytes()).hexdigest()}


def pixels(r, mode, w, h):
    """Makes noise, gradients or flat blocks, on which antialiasing and clipping both matter."""
    g = np.random.default_rng(r.randrange(1 << 30))
    n = {"1": 1, "L": 1, "P": 1, "I;16": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4}[mode]
    kind = r.randrange(3)
    if kind == 0:
        a = g.integers(0, 256, (h, w, n))
    elif kind == 1:
        y, x = np.mgrid[0:h, 0:w]
        a = np.stack([(x * (c + 1) * 3 + y * (5 - c)) % 256 for c in range(n)], -1)
    else:
        a = np.repeat(np.repeat(g.choice([0, 1, 127, 254, 255], (h // 8 + 1, w // 8 + 1, n)), 8, 0), 8, 1)[:h, :w]
    if mode == "I;16":  # near 8 bits, where the conversion clips, or over all 16 bits
        return Image.fromarray((a[..., 0] * r.choice([1, 2, 257])).astype(np.uint16))
    a = a.astype(np.uint8)
    if mode == "1":
        return Image.fromarray(a[..., 0]).convert("1")
    if mode == "P":
        im = Image.fromarray(a[..., 0], "L").convert("P")
        im.putpalette(g.integers(0, 256, 768).astype(np.uint8).tobytes())
        return im
    return Image.fromarray(a[..., 0] if n == 1 else a, mode)


def save_jpeg(im, out, options):
    ImageFile.MAXBLOCK, before = 1 << 24, ImageFile.MAXBLOCK  # the encoder's buffer is too small for noise
    im.save(out, "JPEG", **options)
    ImageFile.MAXBLOCK = before


def segments(data):
    """(marker, offset of its length) of a JPEG file that Pillow wrote, up to the first scan."""
    at = 2
    while True:
        yield data[at + 1], at + 2
        if data[at + 1] == 0xDA:
            return
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")


def raw_jpeg(r, i):
    """JPEG kinds that Pillow reads and does not write. The coefficients stay, what the header says of them changes: 4:2:2
    becomes 4:4:0 as the sides change places, 4:2:0 becomes 4:1:1 twice as wide and half as high; any sampling at all, whose
    coefficients may not suffice; YCCK, CMYK without Adobe's marker, RGB by Adobe's marker or by the components' names; a
    header or scan data that was damaged."""
    kind = r.choice(["4:4:0", "4:4:0", "4:1:1", "4:1:1", "any", "ycck", "ycck", "cmyk", "rgb", "names", "damaged", "header"])
    w, h = r.choice(SIDES[:12]), r.choice(SIDES[:12])
    im = pixels(r, "CMYK" if kind in ("ycck", "cmyk") else r.choice(["L", "RGB", "CMYK"]) if kind in ("damaged", "header") else "RGB", w, h)
    o = {"quality": r.choice([20, 75, 95]), "progressive": r.random() < 0.5, "optimize": r.random() < 0.3}
    o["subsampling"] = {"4:4:0": "4:2:2", "4:1:1": "4:2:0"}.get(kind) or r.choice(["4:4:4", "4:2:2", "4:2:0"])
    if r.random() < 0.5:
        o[r.choice(["restart_marker_blocks", "restart_marker_rows"])] = r.choice([1, 3, 8])
    if kind == "rgb" and r.random() < 0.5:
        o |= {"keep_rgb": True, "subsampling": "4:4:4"}
    out = io.BytesIO()
    save_jpeg(im, out, o)
    data = bytearray(out.getvalue())
    at = dict(segments(data))
    sof = at.get(0xC0) or at.get(0xC2)
    adobe = b"\xff\xee" + (14).to_bytes(2, "big") + b"Adobe\0d\0\0\0\0"
    if kind == "4:4:0":
        data[sof + 3 : sof + 7], data[sof + 9] = data[sof + 5 : sof + 7] + data[sof + 3 : sof + 5], 0x12
    elif kind == "4:1:1":
        data[sof + 3 : sof + 7], data[sof + 9] = max(1, h // 2).to_bytes(2, "big") + (2 * w).to_bytes(2, "big"), 0x41
    elif kind == "any":
        for c in range(3):
            data[sof + 9 + 3 * c] = r.choice([0x11, 0x11, 0x12, 0x21, 0x22, 0x41, 0x14, 0x42, 0x31, 0x13])
    elif kind == "ycck":
        data[at[0xEE] + 13] = r.choice([2, 2, 2, 1])
    elif kind == "cmyk":
        del data[at[0xEE] - 2 : at[0xEE] + 14]
    elif kind == "rgb":
        data[2:2] = adobe + bytes([r.randrange(3)])
    elif kind == "names":
        for c, name in enumerate(r.choice([b"RGB", b"\0\1\2", b"abc"])):
            data[sof + 8 + 3 * c] = name
            data[at[0xDA] + 3 + 2 * c] = name
        del data[at[0xE0] - 2 : at[0xE0] + 16]
    else:
        for _ in range(r.randrange(1, 9)):
            data[r.randrange(at[0xDA], len(data)) if kind == "damaged" else r.randrange(2, at[0xDA])] = r.randrange(256)
    return f"{i:04d}-{kind.replace(':', '')}.jpg", bytes(data)


def metadata(r):
    """Makes an orientation in EXIF of either byte order, in XMP, in both with different values, or in broken EXIF."""
    kind, o = r.random(), {}
    if kind < 0.6:
        exif = Image.Exif()
        exif.endian = r.choice("<>")
        if r.random() < 0.3:
            exif[0x10E] = "a description"
        if r.random() < 0.9:
            exif[0x112] = r.randrange(10)
        o["exif"] = exif.tobytes() if r.random() < 0.97 else b"Exif\0\0" + r.randbytes(30)
    if kind < 0.1 or kind > 0.8:
        o["xmp"] = r.choice([b'<x tiff:Orientation="%d"/>', b"<tiff:Orientation>%d</tiff:Orientation>"]) % r.randrange(10)
    return o


def encode(r, im, i):
    out, mode = io.BytesIO(), im.mode
    meta = metadata(r) if r.random() < 0.4 else {}
    kind = r.random()
    if kind < 0.25 and mode in ("RGB", "RGBA"):
        o = {"lossless": r.random() < 0.4, "quality": r.choice([10, 60, 80, 100]), "method": r.choice([0, 4, 6]), "exact": r.random() < 0.5}
        if r.random() < 0.2:
            o |= {"save_all": True, "append_images": [im.transpose(Image.Transpose.ROTATE_180)], "duration": 50, "method": 0}
        im.save(out, "WEBP", **o, **meta)
        return f"{i:04d}.webp", out.getvalue()
    if kind < 0.4 and mode in ("1", "L", "P", "RGB", "RGBA"):
        o = {"transparency": r.randrange(256)} if r.random() < 0.4 and mode in ("L", "P") else {}
        if r.random() < 0.3:
            o |= {"save_all": True, "append_images": [im.transpose(Image.Transpose.ROTATE_180)], "comment": b"two frames"}
        im.save(out, "GIF", interlace=r.randrange(2), **o)
        return f"{i:04d}.gif", out.getvalue()
    if kind < 0.5 and mode in ("1", "L", "P", "RGB", "RGBA"):
        im.save(out, "BMP")
        return f"{i:04d}.bmp", out.getvalue()
    jpeg = {"L": True, "RGB": True, "CMYK": True}.get(mode) and (mode == "CMYK" or r.random() < 0.6)
    if jpeg:
        o = {"quality": r.choice([20, 50, 75, 90, 100]), "progressive": r.random() < 0.3}
        if mode == "RGB":
            o["subsampling"] = r.choice(["4:4:4", "4:2:2", "4:2:0"])  # raw_jpeg makes the others
        if r.random() < 0.3:
            o["dpi"] = (72, 72)
        if r.random() < 0.2:
            o["restart_marker_blocks"] = r.choice([1, 3, 8])
        save_jpeg(im, out, o | meta)
        return f"{i:04d}.jpg", out.getvalue()
    o = {}
    if mode == "P":
        o["bits"] = 8
        if r.random() < 0.4:
            o["transparency"] = r.randrange(256)
    elif mode in ("L", "RGB") and r.random() < 0.3:
        o["transparency"] = 7 if mode == "L" else (1, 2, 3)
    if "exif" in meta and r.random() < 0.7:
        o["exif"] = meta["exif"]
    elif meta:
        o["pnginfo"] = text = PngImagePlugin.PngInfo()
        if "exif" in meta:
            text.add_text("Raw profile type exif", f"\nexif\n{len(meta['exif']):8}\n{meta['exif'].hex()}\n", zip=r.random() < 0.5)
        if "xmp" in meta:
            text.add_itxt("XML:com.adobe.xmp", meta["xmp"].decode(), zip=r.random() < 0.5)
    im.save(out, "PNG", compress_level=r.choice([0, 1, 6]), **o)
    return f"{i:04d}.png", out.getvalue()


def chunk(kind, body):
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def raw_png(r, i):
    """Makes PNG kinds that Pillow can read but not write: odd bit depths, 16 bits, Adam7, every filter byte."""
    colour, depth = r.choice([(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (3, 1), (3, 2), (3, 4), (3, 8), (2, 8), (2, 16), (4, 8), (4, 16), (6, 8), (6, 16)])
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
        png += chunk(b"PLTE", g.integers(0, 256, 3 * (r.randrange(1 << depth) + 1), np.uint8).tobytes())
    if r.random() < 0.3 and colour in (0, 2, 3):
        png += chunk(b"tRNS", bytes(r.randrange(2) for _ in range({0: 2, 2: 6, 3: 1}[colour])))
    body = zlib.compress(data)
    cut = r.randrange(len(body))
    png += chunk(b"IDAT", body[:cut]) + chunk(b"IDAT", body[cut:]) + chunk(b"IEND", b"")
    return f"{i:04d}-raw.png", png


def lzw(r, data, bits):
    """Encodes GIF's blocks of codes, sometimes with a clear code. A full table stays full."""
    clear = 1 << bits
    table, size, out, have = {}, bits + 1, 0, 0
    packed = bytearray()

    def put(code):
        nonlocal out, have
        out |= code << have
        have += size
        while have >= 8:
            packed.append(out & 255)
            out, have = out >> 8, have - 8

    put(clear)
    nxt, prefix = clear + 2, None
    for v in data:
        if prefix is None:
            prefix = v
        elif (prefix, v) in table:
            prefix = table[prefix, v]
        else:
            put(prefix)
            if nxt < 4096:
                table[prefix, v] = nxt
                if nxt == 1 << size and size < 12:
                    size += 1
                nxt += 1
            if r.random() < 0.001:
                put(clear)
                table, size, nxt = {}, bits + 1, clear + 2
            prefix = v
    if prefix is not None:
        put(prefix)
    if r.random() < 0.9:
        put(clear + 1)
    packed.append(out & 255)
    blocks = b""
    while packed:
        n = min(len(packed), r.choice([255, 255, 100, 1 + r.randrange(254)]))
        blocks += bytes([n]) + bytes(packed[:n])
        packed = packed[n:]
    return blocks + b"\0"


def raw_gif(r, i):
    """Makes GIF kinds that Pillow does not write: frames outside or beyond the canvas, short palettes, too few pixels."""
    g = np.random.default_rng(i)
    w, h, fw, fh, x, y = r.choice(SIDES[:9]), r.choice(SIDES[:9]), r.choice(SIDES[:9]), r.choice(SIDES[:9]), r.choice([0, 0, 1, 9]), r.choice([0, 0, 3])
    bits, depth, local = r.randrange(2, 9), r.randrange(8), r.randrange(8)
    grey = lambda n: b"".join(bytes([v, v, v]) for v in range(2 << n))
    palette = lambda n: grey(n) if r.random() < 0.2 else g.integers(0, 256, 6 << n, np.uint8).tobytes()
    le = lambda v: v.to_bytes(2, "little")
    gif = r.choice([b"GIF87a", b"GIF89a"]) + le(w) + le(h) + bytes([(128 if r.random() < 0.7 else 0) | depth, 0, 0])
    if gif[10] & 128:
        gif += palette(depth)
    if r.random() < 0.3:
        gif += b"!\xfe" + r.choice([b"\5hello\0", b"\0", b"\1a\2bc\0"])
    if r.random() < 0.5:
        gif += b"!\xf9\4" + bytes([r.randrange(32), 1, 0, r.randrange(256)]) + b"\0"
    flags = r.choice([0, 64, 128, 192]) | local
    gif += b"," + le(x) + le(y) + le(fw) + le(fh) + bytes([flags])
    if flags & 128:
        gif += palette(local)
    count = fw * fh + r.choice([0, 0, 0, 0, 5, -1])
    data = g.integers(0, 1 << bits, max(0, count)) if r.random() < 0.5 else (np.arange(max(0, count)) // 7) % (1 << bits)
    return f"{i:04d}-raw.gif", gif + bytes([bits]) + lzw(r, data.tolist(), bits) + b";"


def rle(r, g, w, h, four):
    """Makes runs, literals, ends of lines and, rarely, jumps or too few pixels."""
    out = b""
    for y in range(h):
        x = 0
        while x < w:
            n = r.randrange(1, min(255, max(2, w - x + 1)))
            if r.random() < 0.5 or n < 3:
                out += bytes([n, r.randrange(256)])
            else:
                size = (n + 1) // 2 if four else n
                out += bytes([0, n]) + g.integers(0, 256, size, np.uint8).tobytes() + b"\0" * (size % 2)
            x += n
            if r.random() < 0.05:
                break
        out += b"\0\0" if r.random() < 0.98 else b"\0\2" + bytes([r.randrange(9), r.randrange(2)])
    return out + b"\0\1"


MASKS = {
    32: [(0xFF0000, 0xFF00, 0xFF, 0), (0xFF000000, 0xFF0000, 0xFF00, 0), (0xFF000000, 0xFF00, 0xFF, 0), (0xFF000000, 0xFF0000, 0xFF00, 0xFF),
         (0xFF, 0xFF00, 0xFF0000, 0xFF000000), (0xFF0000, 0xFF00, 0xFF, 0xFF000000), (0xFF000000, 0xFF00, 0xFF, 0xFF0000), (0, 0, 0, 0)],
    24: [(0xFF0000, 0xFF00, 0xFF, 0)],
    16: [(0xF800, 0x7E0, 0x1F, 0), (0x7C00, 0x3E0, 0x1F, 0)],
}


def raw_bmp(r, i):
    """Makes BMP kinds that Pillow can read but not write: every header, depth and mask, run lengths, rows from the top."""
    g = np.random.default_rng(i)
    w, h, bits, size = r.choice(SIDES[:9]), r.choice(SIDES[:9]), r.choice([1, 4, 8, 16, 24, 32]), r.choice([12, 40, 40, 40, 52, 56, 64, 108, 124])
    compression, masks = 0, (0, 0, 0, 0)
    if size > 12 and bits >= 16 and r.random() < 0.6:
        compression, masks = 3, r.choice(MASKS[bits] if r.random() < 0.95 else MASKS[32])
    elif size > 12 and bits in (4, 8) and r.random() < 0.5:
        compression = {8: 1, 4: 2}[bits]
    colours = 0 if size == 12 or bits > 8 or r.random() < 0.6 else r.choice([1, 2, 2, 5, 1 << bits, 256, 300])
    entry, count = (3 if size == 12 else 4), colours or 1 << bits
    palette = b""
    if bits <= 8:
        kind = r.random()
        values = g.integers(0, 256, (count, 3)) if kind < 0.6 else np.repeat(np.arange(count)[:, None] * (255 if count == 2 else 1) % 256, 3, 1)
        palette = b"".join(bytes(v.astype(np.uint8).tolist() + [0] * (entry - 3)) for v in values)
    le = lambda v, n: (v & (1 << 8 * n) - 1).to_bytes(n, "little")
    if size == 12:
        head = le(12, 4) + le(w, 2) + le(h, 2) + le(1, 2) + le(bits, 2)
    else:
        head = le(size, 4) + le(w, 4) + le(-h if r.random() < 0.3 else h, 4) + le(1, 2) + le(bits, 2) + le(compression, 4)
        head += le(0, 4) + le(2835, 4) + le(2835, 4) + le(colours, 4) + le(0, 4)
        fields = b"".join(le(m, 4) for m in masks)
        head += fields[:12] if compression == 3 and size < 52 else b""
        if size >= 52:
            head += (fields + bytes(124))[: size - 40]
    data = rle(r, g, w, h, bits == 4) if compression in (1, 2) else g.integers(0, 256, ((w * bits + 31) // 32 * 4) * h, np.uint8).tobytes()
    offset = 14 + len(head) + len(palette)
    offset = r.choice([offset, offset, 0, 14 + size]) if bits <= 8 else offset
    return f"{i:04d}-raw.bmp", b"BM" + le(14 + len(head) + len(palette) + len(data), 4) + le(0, 4) + le(offset, 4) + head + palette + data


def damaged(r, name, data):
    """Cuts off a file. Pillow's refusal is part of the expected result."""
    return name.replace(".", "-cut.", 1), data[: r.randrange(len(data) // 2)]


def picture(o, i):
    """Makes the i-th picture, which depends only on the seed and i. Returns its line for expected.jsonl."""
    r = random.Random(f"{o.seed}/{i}")
    if r.random() < o.raw:
        name, data = r.choice([raw_png, raw_png, raw_gif, raw_bmp, raw_jpeg, raw_jpeg])(r, i)
    else:
        size = EXTREME[i // 125 % 4] if i % 125 == 62 else r.choice(ODD) if r.random() < 0.25 else (r.choice(SIDES), r.choice(SIDES))
        name, data = encode(r, pixels(r, r.choice(["1", "L", "P", "LA", "RGB", "RGB", "RGB", "RGBA", "RGBA", "CMYK", "I;16"]), *size), i)
    if r.random() < 0.04:
        name, data = damaged(r, name, data)
    with open(os.path.join(o.out, name), "wb") as f:
        f.write(data)
    row = {"name": name}
    try:
        im = Image.open(io.BytesIO(data))
        im.load()
        if im.mode != im.im.mode:  # a GIF with two palettes, which cannot be resized
            raise ValueError(f"mode {im.mode} is {im.im.mode} inside")
        row |= {"mode": im.mode, "variants": dict(tensors(im, o.all))}
    except Exception as e:
        row["refused"] = str(e) or type(e).__name__
    return json.dumps(row)


def quietly():
    warnings.simplefilter("ignore")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--out", required=True)
    p.add_argument("--count", type=int, default=1000)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--raw", type=float, default=0.3, help="share of the files that Pillow reads and does not write")
    p.add_argument("--all", action="store_true", help="every variant of every picture")
    o = p.parse_args()
    os.makedirs(o.out, exist_ok=True)
    workers = min(os.cpu_count() or 1, 4)  # the longest pictures take one gigabyte each
    with open(os.path.join(o.out, "expected.jsonl"), "w") as lines, ProcessPoolExecutor(workers, initializer=quietly) as pool:
        for line in pool.map(picture, [o] * o.count, range(o.count), chunksize=5):
            lines.write(line + "\n")


if __name__ == "__main__":
    main()
