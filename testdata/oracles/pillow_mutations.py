#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.10"
# dependencies = ["pillow==13.0.0", "numpy==2.4.6"]
# ///
"""Damages pictures of every format that fastclip decodes itself, and opens each with the real Pillow.

    uv run --script pillow_mutations.py --out DIR [--count 3000] [--seed 0]

writes DIR/<name> and DIR/expected.jsonl, a JSON object a picture: name, and either refused (Pillow's reason) or mode, size and
the sha256 of the pixels as RGB and of the (224,224,3) bytes that openai/CLIP's resize and crop make of them. Half of the damage
is of bytes; the other half keeps to the format: chunks, segments, scans, blocks, frames and header fields that are changed, dropped,
doubled, moved or made up, with checksums that are right again or wrong on purpose.
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

LARGE = 1 << 22  # in pixels; larger files are not tried, because each takes seconds
pictures.SIDES = [1, 2, 3, 7, 16, 30, 33, 40, 57, 64, 100, 130, 224, 300]
CHUNKS = [b"tEXt", b"zTXt", b"iTXt", b"iCCP", b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"tRNS", b"PLTE", b"eXIf", b"acTL", b"fcTL", b"fdAT", b"tIME", b"bKGD",
          b"IHDR", b"IDAT", b"IEND", b"prVt", b"IDOT", b"CgBI", b"a1_b", b"JHDR", b"DDAT"]


def damage(r, data):
    """Changes, drops, doubles, moves or cuts off bytes, usually few."""
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
    """Makes a chunk that may be anywhere, mostly well formed, sometimes over a limit."""
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
    wrong = set()  # chunks with a wrong checksum
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
        elif kind in (9, 10):  # the pixel stream: its bytes, its end, or how it is split into chunks
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
    """Returns (marker, whole segment) up to the first scan, and the rest from that scan on."""
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
        elif kind == 6:  # a marker where none is allowed
            i = r.randrange(len(scan)) if scan else 0
            scan = scan[:i] + bytes([0xFF, r.randrange(256)]) + scan[i + r.choice([0, 2]) :]
        elif kind == 7 and scan:
            scan = damage(r, scan)
        elif kind == 8 and scan:  # the end: missing, twice, or followed by more bytes
            scan = r.choice([scan[:-2], scan + b"\xff\xd9", scan + r.randbytes(9), scan[:-2] + b"\xff\xff\xd9", scan[:-2] + b"\0\0\xff\xd9", scan[: -r.randrange(1, 20)], scan[:-2] + r.randbytes(r.randrange(30)) + b"\xff\xd9"])
        elif kind == 9:
            scan = scan[: len(scan) - 2] + b"".join(made_up_segment(r) for _ in range(r.randrange(3))) + scan[len(scan) - 2 :]
        elif kind == 10 and scan:
            scan = scan[:2] + r.choice([0, 2, 3, 6, 9, 11, 12, 13]).to_bytes(2, "big") + scan[4:]
    return b"\xff\xd8" + b"".join(parts) + scan


def mutate_header(r, data, fields):
    """Changes a field of a header to another number."""
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
    if kind == "gif" and r.random() < 0.5:  # after the palette too
        at = 13 + (6 << (data[10] & 7) if data[10] & 128 else 0)
        return mutate_header(r, data, GIF + [(at + i, 1) for i in range(20)])
    return mutate_header(r, data, {"bmp": BMP, "gif": GIF, "webp": WEBP}[kind])


def original(r, i):
    if r.random() < 0.4:
        return r.choice([pictures.raw_png, pictures.raw_png, pictures.raw_gif, pictures.raw_bmp, pictures.raw_jpeg])(r, i)
    size = r.choice(pictures.SIDES), r.choice(pictures.SIDES)
    return pictures.encode(r, pictures.pixels(r, r.choice(["1", "L", "P", "LA", "RGB", "RGB", "RGBA", "RGBA", "CMYK", "I;16"]), *size), i)


# Deeper damage: files are split into all their parts, including scans, blocks and frames.


def jpeg_parts(data):
    """Returns all segments, and the coded bytes after each scan's header."""
    out, at = [], 2
    while at + 4 <= len(data):
        if data[at] != 0xFF or data[at + 1] in (0, 0xFF) or 0xD0 <= data[at + 1] <= 0xD7:
            end = at + 1
            while end + 1 < len(data) and not (data[end] == 0xFF and data[end + 1] not in (0, 0xFF) and not 0xD0 <= data[end + 1] <= 0xD7):
                end += 1
        elif data[at + 1] == 0xD9:
            end = at + 2
        else:
            end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        out.append(data[at:end])
        at = end
    return out + [data[at:]]


def deep_jpeg(r):
    mode = r.choice(["L", "RGB", "RGB", "RGB", "CMYK"])
    im, out = pictures.pixels(r, mode, r.choice([8, 17, 33, 64, 100]), r.choice([8, 16, 31, 65])), io.BytesIO()
    options = {"quality": r.choice([5, 50, 90, 100]), "progressive": r.random() < 0.5, "optimize": r.random() < 0.5}
    if mode == "RGB":
        options |= {"subsampling": r.choice([0, 1, 2]), "keep_rgb": r.random() < 0.1}
    options |= r.choice([{}, {"restart_marker_blocks": r.choice([1, 2, 5])}, {"restart_marker_rows": 1}])
    im.save(out, "JPEG", **options)
    parts = jpeg_parts(out.getvalue())
    find = lambda *markers: [i for i, p in enumerate(parts) if p[:1] == b"\xff" and p[1:2] and p[1] in markers]
    for _ in range(r.choice([1, 1, 2])):
        kind, at = r.randrange(16), r.randrange(len(parts))
        frame, scans, coded = find(0xC0, 0xC1, 0xC2), find(0xDA), [i for i, p in enumerate(parts) if p[:1] != b"\xff"]
        if kind == 0 and frame:  # another kind of frame: extended, lossless, arithmetic
            p = parts[frame[0]]
            parts[frame[0]] = bytes([0xFF, r.choice([0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC9, 0xCA, 0xCB, 0xCD])]) + p[2:]
        elif kind == 1 and frame:  # its depth, size, components, their ids, sampling and tables
            p = bytearray(parts[frame[0]])
            p[r.randrange(4, len(p))] = r.choice([0, 1, 2, 3, 4, 8, 12, 16, 0x11, 0x12, 0x21, 0x22, 0x31, 0x41, 0x44, 255])
            parts[frame[0]] = bytes(p)
        elif kind == 2 and frame and scans:  # the height comes after the first scan
            p = bytearray(parts[frame[0]])
            height, p[5:7] = bytes(p[5:7]), bytes(2)
            parts[frame[0]] = bytes(p)
            parts.insert(min(len(parts), scans[0] + 2), b"\xff\xdc\x00\x04" + r.choice([height, bytes(2), b"\xff\xff"]))
        elif kind == 3 and scans:  # the components, spectrum and bits of a scan
            i = r.choice(scans)
            p = bytearray(parts[i])
            p[r.choice([4, len(p) - 3, len(p) - 2, len(p) - 1, r.randrange(4, len(p))])] = r.choice([0, 1, 2, 5, 6, 10, 13, 63, 64, 0x10, 0x21, 0x32, 255])
            parts[i] = bytes(p)
        elif kind == 4 and scans:  # a scan is missing, twice, or moved
            i = r.choice(scans)
            scan, how = parts[i : i + 2], r.randrange(3)
            if how != 1:
                del parts[i : i + 2]
            if how != 0:
                to = r.randrange(len(parts) + 1)
                parts[to:to] = scan
        elif kind == 5 and coded:  # restart markers
            i = r.choice(coded)
            p, marks = parts[i], [k for k in range(len(parts[i]) - 1) if parts[i][k] == 0xFF and 0xD0 <= parts[i][k + 1] <= 0xD7]
            k = r.choice(marks) if marks else r.randrange(len(p) + 1)
            mark = bytes([0xFF, 0xD0 + r.randrange(8)])
            parts[i] = r.choice([p[:k] + p[k + 2 :], p[:k] + mark + p[k + 2 :], p[:k] + mark + p[k:], p[:k]])
        elif kind == 6:  # the restart interval
            parts.insert(at, b"\xff\xdd\x00\x04" + r.choice([b"\0\0", b"\0\1", b"\0\5", b"\xff\xff"]))
        elif kind == 7:  # Adobe's marker with each of its transforms, and other segments that define the colours
            parts.insert(r.randrange(2), r.choice([b"\xff\xee\x00\x0eAdobe\0d\0\0\0\0" + bytes([r.randrange(4)]), b"\xff\xee\x00\x0cAdobe\0d\0\0\0", b"\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0"]))
        elif kind == 8:  # an unknown marker
            gone = r.choice([0xE0, 0xEE, 0xDB, 0xC4, 0xDD, 0xD9])
            parts = [p for p in parts if p[:2] != bytes([0xFF, gone])]
        elif kind == 9:  # cut off at a boundary, or a byte from it
            whole = b"".join(parts[:at])
            parts = [whole[: max(0, len(whole) + r.choice([-1, 0, 0, 1]))]]
        elif kind == 10:  # tables: repeated classes, and codes that are too long or too many
            tables = find(0xC4, 0xDB)
            if tables:
                i = r.choice(tables)
                p = bytearray(parts[i])
                p[r.choice([4, r.randrange(5, min(len(p), 21)), r.randrange(4, len(p))])] = r.choice([0, 1, 2, 3, 0x10, 0x11, 0x13, 0x20, 200, 255])
                parts[i] = bytes(p)
        elif kind == 11:  # arithmetic conditioning, an unknown segment, or a comment without length
            parts.insert(at, r.choice([b"\xff\xcc\x00\x04\x00\x10", b"\xff\xcc\x00\x03\x00", b"\xff\xf7\x00\x04ab", b"\xff\xfe\x00\x02", b"\xff\xfe\x00\x00", b"\xff\xde\x00\x08\x08\x00\x10\x00\x10\x00"]))
        elif kind == 12:  # EXIF that is broken in many ways
            body = b"Exif\0\0" + r.choice([b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0", b"MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\x09", b"II*\0\xff\xff\xff\xff", b"XX", b"II*\0\x08\0\0\0\xff\xff", b""])
            parts.insert(r.randrange(3), b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body)
        elif kind == 13:
            parts.insert(at, r.choice([b"\xff\xd8", b"\xff\xd9", b"\xff\xff\xff", b"\0" * 5, b"\xff\0", b"\xff\xd3", b"\xff\x02", b"\xff\x4f"]))
        elif kind == 14 and coded:
            i = r.choice(coded)
            parts[i] = damage(r, parts[i])
        elif kind == 15:  # several frames in sequence
            parts = parts + [b"\xff\xd8"] + parts if r.random() < 0.5 else parts[: at + 1] + parts[at:]
    return b"\xff\xd8" + b"".join(parts)


def deep_gif(r):
    """Drops, doubles and moves frames, controls and comments, and changes fields and block lengths."""
    size = r.choice([3, 16, 33]), r.choice([2, 17, 30])
    frames, out = [pictures.pixels(r, r.choice(["P", "L", "1", "RGB", "RGBA"]), *size) for _ in range(r.choice([1, 2, 3]))], io.BytesIO()
    frames[0].save(out, "GIF", save_all=len(frames) > 1, append_images=frames[1:], disposal=r.randrange(4), interlace=r.randrange(2), comment=r.choice([b"", b"text"]), loop=r.choice([0, 3]),
                   **r.choice([{}, {"transparency": r.choice([0, 1, 255])}, {"background": r.randrange(4)}]))
    data = out.getvalue()
    at = 13 + (6 << (data[10] & 7) if data[10] & 128 else 0)
    parts = [data[:at]]
    while at < len(data) and data[at] in (0x21, 0x2C):
        start = at
        if data[at] == 0x21:
            at += 2
        else:
            at += 10 + (6 << (data[at + 9] & 7) if data[at + 9] & 128 else 0) + 1
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1
        parts.append(data[start:at])
    parts.append(data[at:])
    for _ in range(r.choice([1, 1, 2])):
        i, kind = r.randrange(len(parts)), r.randrange(9)
        if kind == 0 and i:
            del parts[i]
        elif kind == 1:
            parts.insert(r.randrange(1, len(parts) + 1), parts[i])
        elif kind == 2 and i:
            parts.insert(r.randrange(1, len(parts)), parts.pop(i))
        elif kind == 3:
            p = bytearray(parts[i])
            if p:
                p[r.randrange(min(len(p), 24))] = r.choice([0, 1, 2, 4, 8, 9, 12, 13, 0x40, 0x80, 0x87, 255])
            parts[i] = bytes(p)
        elif kind == 4:
            parts.insert(r.randrange(1, len(parts)), r.choice([b"\x21\xf9\x04" + r.randbytes(4) + b"\0", b"\x21\xf9\x02\1\0\0", b"\x21\xfe\0", b"\x21\xff\x0bNETSCAPE2.0\3\1\0\0\0", b"\x21\x01\0", b"\x21\x00\1a\0", b"\0\0", b"\x21\xff\x0bXMP DataXMP<x/>\1\0"]))
        elif kind == 5:
            whole = b"".join(parts)
            return whole[: max(0, len(b"".join(parts[:i])) + r.choice([-1, 0, 1, 3]))]
        elif kind == 6 and parts[i]:  # a block's length
            p = bytearray(parts[i])
            p[r.randrange(len(p))] ^= r.choice([1, 2, 128, 255])
            parts[i] = bytes(p)
        elif kind == 7:
            parts[0] = r.choice([b"GIF87a", b"GIF89a"]) + parts[0][6:]
        elif kind == 8:
            parts[i] = damage(r, parts[i])
    return b"".join(parts)


def deep_webp(r):
    """Drops, doubles, moves, renames and cuts RIFF chunks, with right and wrong sizes."""
    size, out = (r.choice([1, 16, 33]), r.choice([2, 17, 40])), io.BytesIO()
    frames = [pictures.pixels(r, r.choice(["RGB", "RGBA"]), *size) for _ in range(r.choice([1, 1, 3]))]
    frames[0].save(out, "WEBP", lossless=r.random() < 0.5, save_all=len(frames) > 1, append_images=frames[1:], method=0, quality=r.choice([0, 80]),
                   **r.choice([{}, {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0"}, {"icc_profile": b"not a profile"}, {"xmp": b"<x/>"}]))
    data = out.getvalue()
    parts, at = [], 12
    while at + 8 <= len(data):
        n = int.from_bytes(data[at + 4 : at + 8], "little")
        parts.append([data[at : at + 4], data[at + 8 : at + 8 + n]])
        at += 8 + n + (n & 1)
    lie = None
    for _ in range(r.choice([1, 1, 2])):
        if not parts:
            break
        i, kind = r.randrange(len(parts)), r.randrange(9)
        if kind == 0:
            del parts[i]
        elif kind == 1:
            parts.insert(r.randrange(len(parts) + 1), list(parts[i]))
        elif kind == 2:
            parts.insert(r.randrange(len(parts)), parts.pop(i))
        elif kind == 3:
            parts[i][0] = r.choice([b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"EXIF", b"abcd", b"ICCP"])
        elif kind == 4 and parts[i][1]:
            p = bytearray(parts[i][1])
            p[r.randrange(min(len(p), 16))] = r.choice([0, 1, 2, 0x10, 0x12, 0x20, 0x2F, 0x9D, 255])
            parts[i][1] = bytes(p)
        elif kind == 5:
            parts[i][1] = damage(r, parts[i][1])
        elif kind == 6:
            lie = r.choice([0, 4, 12, 1 << 31, len(data), len(data) - 8 + r.choice([-2, -1, 1, 2])])
        elif kind == 7:
            parts.insert(r.randrange(len(parts) + 1), [b"VP8X", bytes([r.choice([0, 2, 0x10, 0x12, 0x3E]), 0, 0, 0]) + (size[0] - 1).to_bytes(3, "little") + (size[1] - 1 + r.choice([0, 1])).to_bytes(3, "little")])
        elif kind == 8:
            parts[i][1] = parts[i][1][: r.randrange(len(parts[i][1]) + 1)]
    body = b"WEBP" + b"".join(k + len(b).to_bytes(4, "little") + b + b"\0" * (len(b) & 1) for k, b in parts)
    whole = b"RIFF" + (len(body) if lie is None else lie).to_bytes(4, "little") + body
    return whole[: r.randrange(12, len(whole) + 1)] if r.random() < 0.1 else whole


def deep_bmp(r):
    """Headers of OS/2 and of each version of Windows, bit masks, run lengths, rows from top and bottom, short and long palettes."""
    w, h, bits = r.choice([1, 3, 8, 17]), r.choice([1, 2, 9]), r.choice([1, 2, 4, 8, 16, 24, 32])
    size, packed = r.choice([12, 16, 40, 40, 52, 56, 64, 108, 124]), r.choice([0, 0, 0, 1, 2, 3, 3, 4, 6])
    colours = r.choice([0, 0, 1, 2, 16, 255, 256, 257])
    if size == 12:
        head = size.to_bytes(4, "little") + w.to_bytes(2, "little") + h.to_bytes(2, "little") + b"\1\0" + bits.to_bytes(2, "little")
    else:
        head = size.to_bytes(4, "little") + w.to_bytes(4, "little") + (h if r.random() < 0.7 else (1 << 32) - h).to_bytes(4, "little") + b"\1\0" + bits.to_bytes(2, "little")
        head += packed.to_bytes(4, "little") + bytes(12) + colours.to_bytes(4, "little") + bytes(4)
        masks = r.choice([(0xF800, 0x7E0, 0x1F, 0), (0x7C00, 0x3E0, 0x1F, 0), (0x7C00, 0x3E0, 0x1F, 0x8000), (0xFF0000, 0xFF00, 0xFF, 0xFF000000), (0xFF000000, 0xFF0000, 0xFF00, 0xFF),
                          (0xFF, 0xFF00, 0xFF0000, 0xFF000000), (0xFF0000, 0xFF00, 0xFF, 0), (0xFF000000, 0xFF00, 0xFF, 0), (1, 2, 4, 8), (0, 0, 0, 0)])
        tail = b"".join(m.to_bytes(4, "little") for m in masks)
        head = head[:size] if size <= 40 else (head + tail + bytes(124))[:size]
        if packed == 3 and size == 40:
            head += tail[: r.choice([12, 16, 8])]
    entries = (colours or (1 << bits if bits <= 8 else 0)) if r.random() < 0.8 else r.choice([0, 3, 256])
    grey = r.random() < 0.4
    palette = b"".join((bytes([i * (255 // max(1, entries - 1)) % 256]) * 3 if grey else r.randbytes(3)) + (b"" if size == 12 else b"\0") for i in range(min(entries, 300)))
    if packed in (1, 2) and r.random() < 0.8:
        pixels = b"".join(r.choice([bytes([r.randrange(1, 9), r.randrange(256)]), b"\0\0", b"\0\2" + bytes([r.randrange(3), r.randrange(3)]), b"\0\4abcd", b"\0\3abc\0", b"\0\5abcde\0"]) for _ in range(r.randrange(40))) + r.choice([b"\0\1", b""])
    else:
        row = (w * bits + 31) // 32 * 4
        pixels = r.randbytes(max(0, row * h + r.choice([0, 0, 0, 0, -1, -row, 5])))
    offset = 14 + len(head) + len(palette) + r.choice([0, 0, 0, 0, 4, -4, 1])
    return b"BM" + (offset + len(pixels)).to_bytes(4, "little") + bytes(4) + offset.to_bytes(4, "little") + head + palette + pixels


def deep(r, i):
    kind = r.choice(["jpg", "jpg", "gif", "webp", "bmp"])
    return f"{i:04}-deep.{kind}", {"jpg": deep_jpeg, "gif": deep_gif, "webp": deep_webp, "bmp": deep_bmp}[kind](r)


def opened(data):
    """Returns Pillow's result for a file, or None if the file is too large to try."""
    try:
        im = Image.open(io.BytesIO(data))
        if im.format not in ("PNG", "JPEG", "MPO", "GIF", "BMP", "DIB", "WEBP") or im.size[0] * im.size[1] > LARGE:
            return None
        im.load()
        if im.mode != im.im.mode:  # a GIF with two palettes, which cannot be resized
            raise ValueError(f"mode {im.mode} is {im.im.mode} inside")
        rgb = im.convert("RGB").tobytes()
    except Exception as e:
        return {"refused": f"{type(e).__name__}: {e}"}
    row = {"mode": im.mode, "size": im.size, "rgb": hashlib.sha256(rgb).hexdigest()}
    if 224 * 224 * max(im.size) < 4e6 * min(im.size):
        row["u8"] = hashlib.sha256(np.ascontiguousarray(np.asarray(pictures.resize_crop(im).convert("RGB"))).tobytes()).hexdigest()
    return row


def picture(o, i):
    """Makes the i-th picture, which depends only on the seed and i. Returns its line for expected.jsonl."""
    for attempt in range(100):
        r = random.Random(f"mutation {o.seed}/{i}/{attempt}")
        try:
            if r.random() < 0.4:
                name, data = deep(r, i)
            else:
                name, data = original(r, i)
                data = mutate(r, name, data)
        except Exception:  # Pillow cannot write this picture
            continue
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
