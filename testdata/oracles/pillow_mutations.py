#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.10"
# dependencies = ["pillow==13.0.0", "numpy==2.4.6"]
# ///
"""Damages pictures of every format that fastclip decodes itself, and opens each with the real Pillow.

    uv run --script pillow_mutations.py --out DIR [--count 3000] [--seed 0]

writes DIR/<name> and DIR/expected.jsonl, a JSON object a picture: name, and either refused (Pillow's reason) or mode, size and
the sha256 of the pixels as RGB and of the (224,224,3) bytes that openai/CLIP's resize and crop make of them. Half of the damage
is of bytes; the other half keeps to the format: chunks, segments, blocks and header fields that are changed, dropped, doubled,
moved or made up, with checksums that are right again or wrong on purpose.
"""
import argparse
import hashlib
import io
import json
import os
import random
import sys
import zlib
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pillow_preprocess as pictures  # noqa: E402

LARGE = 1 << 22  # pixels; files of more are not tried: they take seconds each
pictures.SIDES = [1, 2, 3, 7, 16, 30, 33, 40, 57, 64, 100, 130, 224, 300]
CHUNKS = [b"tEXt", b"zTXt", b"iTXt", b"iCCP", b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"tRNS", b"PLTE", b"eXIf", b"acTL", b"fcTL", b"fdAT", b"tIME", b"bKGD",
          b"IHDR", b"IDAT", b"IEND", b"prVt", b"IDOT", b"CgBI", b"a1_b", b"JHDR", b"DDAT"]


def damage(r, data):
    """Bytes changed, dropped, doubled, moved or cut off, seldom more than some."""
    data = bytearray(data)
    for _ in range(r.choice([1, 1, 1, 2, 4])):
        if not data:
            break
        at = r.randrange(len(data)) if r.random() < 0.5 else r.randrange(min(len(data), 120))
        kind, n = r.randrange(7), r.choice([1, 1, 2, 4, 20])
        if kind == 0:
            data[at] = r.randrange(256)
        elif kind == 1:
            data[at] ^= 1 << r.randrange(8)
        elif kind == 2:
            del data[at : at + n]
        elif kind == 3:
            data[at:at] = r.choice([bytes(n), b"\xff" * n, r.randbytes(n), bytes(data[at : at + n])])
        elif kind == 4:
            data[at : at + n] = r.choice([bytes(n), b"\xff" * n, r.randbytes(n)])
        elif kind == 5:
            del data[r.choice([at, len(data) - min(n, len(data))]) :]
        else:
            data += r.randbytes(n)
    return bytes(data)


def chunks(data):
    out, at = [], 8
    while at + 12 <= len(data):
        n = int.from_bytes(data[at : at + 4], "big")
        out.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + n]))
        at += 12 + n
    return out


def made_up(r):
    """A chunk that may stand anywhere, mostly well formed, now and then over a limit."""
    kind = r.choice(CHUNKS)
    key, size = r.choice([b"Comment", b"", b"XML:com.adobe.xmp", b"k" * 90, b"\xe4\xf6"]), r.choice([0, 5, 1000, 1 << 20, (1 << 20) + 1, 3 << 20])
    packed = zlib.compress(bytes(size), 9)
    if r.random() < 0.2:
        packed = damage(r, packed)
    body = {
        b"tEXt": key + b"\0" + bytes(min(size, 2000)), b"zTXt": key + b"\0" + r.choice([b"\0", b"\0", b"\1", b""]) + packed,
        b"iTXt": key + b"\0" + r.choice([b"\1\0", b"\0\0", b"\1\1", b"\0\1", b"\2\0", b""]) + r.choice([b"en\0k\0", b"\0\0", b"\xff\0\xff\0", b"e"]) + r.choice([packed, b"text", b"\xff\xfe"]),
        b"iCCP": key + r.choice([b"\0\0", b"\0\0", b"\0\1", b"\0"]) + packed,
        b"gAMA": r.randbytes(4), b"cHRM": r.randbytes(32), b"sRGB": b"\0", b"pHYs": r.randbytes(8) + bytes([r.randrange(2)]),
        b"tRNS": r.randbytes(r.choice([1, 2, 6, 256])), b"PLTE": r.randbytes(3 * r.choice([1, 16, 256, 300])), b"eXIf": r.choice([b"II*\0\x08\0\0\0\0\0", r.randbytes(9)]),
        b"acTL": r.choice([0, 1, 2, 1 << 31]).to_bytes(4, "big") + bytes(4), b"fcTL": bytes(4) + b"\0\0\0\4\0\0\0\4" + bytes(14), b"fdAT": bytes(4) + packed[:100],
        b"IHDR": r.choice([1, 5, 30]).to_bytes(4, "big") * 2 + bytes([r.choice([1, 8, 16]), r.choice([0, 2, 3, 6]), 0, 0, 0]),
        b"IEND": b"",
    }.get(kind, r.randbytes(r.choice([0, 3, 13])))
    return kind, body if r.random() < 0.85 else damage(r, body)


def mutate_png(r, data):
    parts = chunks(data)
    wrong = set()  # chunks whose checksum is wrong
    end = b""
    for _ in range(r.choice([1, 1, 2, 3])):
        if not parts:
            break
        at, kind = r.randrange(len(parts)), r.randrange(12)
        name, body = parts[at]
        if kind == 0:
            parts[at] = name, damage(r, body)
        elif kind == 1:
            del parts[at]
        elif kind == 2:
            parts.insert(r.randrange(len(parts) + 1), parts[at])
        elif kind == 3:
            parts.insert(r.randrange(len(parts)), parts.pop(at))
        elif kind in (4, 5):
            parts.insert(r.randrange(len(parts) + 1), made_up(r))
        elif kind == 6:
            wrong.add(at)
        elif kind == 7 and parts[0][0] == b"IHDR" and len(parts[0][1]) == 13:
            head = bytearray(parts[0][1])
            head[r.choice([3, 7, 8, 8, 9, 9, 10, 11, 12, 12])] = r.choice([0, 1, 2, 3, 4, 6, 7, 8, 16, 255])
            parts[0] = b"IHDR", bytes(head)
        elif kind == 8:
            parts[at] = r.choice([name.lower(), name.upper(), r.randbytes(4), b"ab1_"]), body
        elif kind in (9, 10):  # the pixels' stream: its bytes, its end, or how it is cut into chunks
            idat = [i for i, p in enumerate(parts) if p[0] == b"IDAT"]
            if idat:
                whole = b"".join(parts[i][1] for i in idat)
                what = r.randrange(5)
                if what == 0 and len(whole) > 4:
                    whole = whole[:-4] + r.randbytes(4)
                elif what == 1:
                    whole = whole[: -r.randrange(1, 9)]
                elif what == 2:
                    whole += r.randbytes(r.randrange(1, 9))
                elif what == 3:
                    whole = damage(r, whole)
                else:
                    try:
                        raw = zlib.decompress(whole)
                        raw = r.choice([raw + r.randbytes(3), raw[:-1], raw[: len(raw) // 2], raw + bytes(5000), damage(r, raw)])
                        whole = zlib.compress(raw, r.choice([0, 6, 9]))
                    except zlib.error:
                        pass
                cuts = sorted(r.randrange(len(whole) + 1) for _ in range(r.choice([0, 0, 1, 3]))) + [len(whole)]
                if r.random() < 0.3:
                    cuts = [max(0, len(whole) - r.randrange(6))] + [len(whole)]
                parts = [p for i, p in enumerate(parts) if i not in idat[1:]]
                parts[idat[0] : idat[0] + 1] = [(b"IDAT", whole[a:b]) for a, b in zip([0] + cuts, cuts)]
        else:
            end = r.choice([b"junk", b"\0\0\0\0", b"\0\0\0\5tEXt", data[:50]])
    out = data[:8]
    for i, (name, body) in enumerate(parts):
        crc = zlib.crc32(name + body) ^ (i in wrong)
        out += len(body).to_bytes(4, "big") + name + body + crc.to_bytes(4, "big")
    out += end
    return out[: r.randrange(len(out) + 1)] if r.random() < 0.05 else out


def segments(data):
    """(marker, whole segment) up to the first scan, and the rest from that scan on."""
    out, at = [], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        n = 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        out.append(data[at : at + n])
        at += n
    return out, data[at:]


def made_up_segment(r):
    body = r.choice([b"Exif\0\0" + r.randbytes(20), b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0", b"JFIF\0\1\2\1\0\1\0\1\0\0", b"Adobe\0d\0\0\0\0" + bytes([r.randrange(3)]), b"Photoshop 3.0\0" + r.choice([b"", b"8BIM", r.randbytes(40), b"8BIM\3\xed\0\0\0\0\0\x10" + r.randbytes(16), b"8BIM\3\xed\0\0\0\0\0\x10"]),
                     b"ICC_PROFILE\0" + bytes([r.randrange(3), r.randrange(3)]) + r.randbytes(30), b"http://ns.adobe.com/xap/1.0/\0<x/>", b"MPF\0" + r.randbytes(30), b"FPXR\0", r.randbytes(r.choice([0, 1, 5, 40])), b"comment"])
    return bytes([0xFF, r.choice([0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE, 0xE9, 0xDB, 0xC4, 0xDD, 0xCC, 0xDE, 0xDC, 0xF0])]) + (len(body) + 2).to_bytes(2, "big") + body


def mutate_jpeg(r, data):
    parts, scan = segments(data)
    for _ in range(r.choice([1, 1, 2])):
        kind, at = r.randrange(11), r.randrange(max(1, len(parts)))
        if kind == 0 and parts:
            parts[at] = parts[at][:4] + damage(r, parts[at][4:])
        elif kind == 1 and parts:
            del parts[at]
        elif kind == 2 and parts:
            parts.insert(r.randrange(len(parts) + 1), parts[at])
        elif kind == 3:
            parts.insert(at, made_up_segment(r))
        elif kind == 4 and parts:
            parts[at] = parts[at][:2] + r.choice([0, 1, 2, 3, len(parts[at]) - 1, len(parts[at]) + 1, 65535]).to_bytes(2, "big") + parts[at][4:]
        elif kind == 5:
            parts.insert(at, r.choice([b"junk", b"\xff", b"\xff\xff", b"\xff\xd0", b"\xff\0", b"\xff\x01", b"\xff\xd8", b"\xff\xd9", b"\0"]))
        elif kind == 6:  # a marker where there should be none
            i = r.randrange(len(scan)) if scan else 0
            scan = scan[:i] + bytes([0xFF, r.randrange(256)]) + scan[i + r.choice([0, 2]) :]
        elif kind == 7 and scan:
            scan = damage(r, scan)
        elif kind == 8 and scan:  # the end: none, twice, or with more behind it
            scan = r.choice([scan[:-2], scan + b"\xff\xd9", scan + r.randbytes(9), scan[:-2] + b"\xff\xff\xd9", scan[:-2] + b"\0\0\xff\xd9", scan[: -r.randrange(1, 20)], scan[:-2] + r.randbytes(r.randrange(30)) + b"\xff\xd9"])
        elif kind == 9:
            scan = scan[: len(scan) - 2] + b"".join(made_up_segment(r) for _ in range(r.randrange(3))) + scan[len(scan) - 2 :]
        elif kind == 10 and scan:
            scan = scan[:2] + r.choice([0, 2, 3, 6, 9, 11, 12, 13]).to_bytes(2, "big") + scan[4:]
    return b"\xff\xd8" + b"".join(parts) + scan


def mutate_header(r, data, fields):
    """A field of a header becomes another number."""
    data = bytearray(data)
    for _ in range(r.choice([1, 1, 2])):
        at, n = r.choice(fields)
        v = r.choice([0, 1, 2, 3, 4, 8, 12, 16, 24, 32, 40, 54, 56, 64, 108, 124, 255, 256, 1 << 15, (1 << 16) - 1, (1 << 31), (1 << 32) - 1, (1 << 32) - 20])
        data[at : at + n] = (v & (1 << 8 * n) - 1).to_bytes(n, "little")
    return bytes(data)


BMP = [(2, 4), (10, 4), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2), (30, 4), (34, 4), (46, 4), (50, 4), (54, 4), (58, 4), (62, 4), (66, 4)]
GIF = [(4, 1), (6, 2), (8, 2), (10, 1), (11, 1), (12, 1), (13, 1)]
WEBP = [(4, 4), (12, 4), (16, 4), (20, 1), (20, 4), (24, 3), (27, 3), (30, 4), (34, 4)]


def mutate(r, name, data):
    kind = name.rsplit(".", 1)[1]
    if r.random() < 0.4:
        return damage(r, data)
    if kind == "png":
        return mutate_png(r, data)
    if kind == "jpg":
        return mutate_jpeg(r, data)
    if kind == "gif" and r.random() < 0.5:  # behind the palette too
        at = 13 + (6 << (data[10] & 7) if data[10] & 128 else 0)
        return mutate_header(r, data, GIF + [(at + i, 1) for i in range(20)])
    return mutate_header(r, data, {"bmp": BMP, "gif": GIF, "webp": WEBP}[kind])


def original(r, i):
    if r.random() < 0.4:
        return r.choice([pictures.raw_png, pictures.raw_png, pictures.raw_gif, pictures.raw_bmp, pictures.raw_jpeg])(r, i)
    size = r.choice(pictures.SIDES), r.choice(pictures.SIDES)
    return pictures.encode(r, pictures.pixels(r, r.choice(["1", "L", "P", "LA", "RGB", "RGB", "RGBA", "RGBA", "CMYK", "I;16"]), *size), i)


def opened(data):
    """What Pillow says of a file; None of one that is too large to try."""
    try:
        im = Image.open(io.BytesIO(data))
        if im.format not in ("PNG", "JPEG", "MPO", "GIF", "BMP", "DIB", "WEBP") or im.size[0] * im.size[1] > LARGE:
            return None
        im.load()
        if im.mode != im.im.mode:  # a GIF with two palettes; it cannot be resized
            raise ValueError(f"mode {im.mode} is {im.im.mode} inside")
        rgb = im.convert("RGB").tobytes()
    except Exception as e:
        return {"refused": f"{type(e).__name__}: {e}"}
    row = {"mode": im.mode, "size": im.size, "rgb": hashlib.sha256(rgb).hexdigest()}
    if 224 * 224 * max(im.size) < 4e6 * min(im.size):
        row["u8"] = hashlib.sha256(np.ascontiguousarray(np.asarray(pictures.resize_crop(im).convert("RGB"))).tobytes()).hexdigest()
    return row


def picture(o, i):
    """The i-th, which depends on the seed and i alone: its line of expected.jsonl."""
    for attempt in range(100):
        r = random.Random(f"mutation {o.seed}/{i}/{attempt}")
        try:
            name, data = original(r, i)
        except Exception:  # Pillow cannot write this one
            continue
        data = mutate(r, name, data)
        row = opened(data)
        if row is not None:
            break
    with open(os.path.join(o.out, name), "wb") as f:
        f.write(data)
    return json.dumps({"name": name, **row})


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--out", required=True)
    p.add_argument("--count", type=int, default=3000)
    p.add_argument("--seed", type=int, default=0)
    o = p.parse_args()
    os.makedirs(o.out, exist_ok=True)
    workers = min(os.cpu_count() or 1, 4)
    with open(os.path.join(o.out, "expected.jsonl"), "w") as lines, ProcessPoolExecutor(workers, initializer=pictures.quietly) as pool:
        for line in pool.map(picture, [o] * o.count, range(o.count), chunksize=10):
            lines.write(line + "\n")


if __name__ == "__main__":
    main()
