# /// script
# requires-python = ">=3.10"
# dependencies = ["pillow==13.0.0"]
# ///
"""Decodes pictures for fastclip with the real Pillow: the formats that fastclip does not decode itself.

A request on stdin is a line "BYTES plain" or "BYTES exif", followed by that many bytes of a file. With exif, the picture is turned by
ImageOps.exif_transpose. Pillow recognises the format itself, except EPS, which it would pass to Ghostscript. The answer on stdout is a line
of JSON, {"error": why} or {"mode", "width", "height", "bytes", "palette"}, followed by that many bytes: rows without padding, one byte per
channel, 0 or 255 in mode 1, only the index in mode PA. In I;16B the high byte comes first, in all other modes the low byte. The very first
line is "ready" and Pillow's version. The process ends when its stdin ends.
"""
import io
import json
import os
import sys
import warnings

MEMORY = 4 << 30  # limit of address space in bytes; the largest picture that Pillow opens takes about two such gigabytes
LONGEST = 300  # longest reason, in characters
PILLOW = "13.0.0"


def pixels(im):
    """Returns mode, bytes and palette of a picture, in a mode that fastclip resizes in the same way as Pillow."""
    mode = im.mode
    if mode != im.im.mode:
        raise ValueError(f"mode {mode} is {im.im.mode} inside")
    if mode == "1":
        return mode, im.convert("L").tobytes(), None
    if mode in ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I;16B", "I", "F"):
        return mode, im.tobytes(), None
    if mode == "RGBX":
        return "RGB", im.convert("RGB").tobytes(), None
    if mode in ("P", "PA"):
        index = im if mode == "P" else im.getchannel(0)
        return mode, index.tobytes(), bytes(im.im.getpalette("RGB", "RGB"))
    raise ValueError(f"Pillow decodes it to mode {mode}, which fastclip does not resize")


def decoded(Image, ImageOps, formats, data, turned):
    im = Image.open(io.BytesIO(data), formats=formats)
    im.load()
    if turned:
        im = ImageOps.exif_transpose(im)
    mode, raw, palette = pixels(im)
    head = {"mode": mode, "width": im.size[0], "height": im.size[1], "bytes": len(raw)}
    if palette is not None:
        head["palette"] = palette.hex()
    return head, raw


def main():
    if len(sys.argv) > 1:  # called with --help, only to install its packages
        print(__doc__)
        return
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ImportError, ValueError, OSError):
        pass  # not available on this system, or the limit is already lower
    import PIL
    from PIL import Image, ImageOps, UnidentifiedImageError

    if PIL.__version__ != PILLOW:
        sys.exit(f"Pillow {PIL.__version__} is installed: want {PILLOW}")
    warnings.simplefilter("ignore")
    Image.init()
    formats = [name for name in Image.ID if name != "EPS"]
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # output of libraries must not mix with the answers
    out.write(f"ready {PILLOW}\n".encode())
    out.flush()
    while line := sys.stdin.buffer.readline():
        size, how = line.decode().split()
        data = sys.stdin.buffer.read(int(size))
        try:
            head, raw = decoded(Image, ImageOps, formats, data, how == "exif")
        except UnidentifiedImageError:  # its own message contains a memory address
            head, raw = {"error": f"Pillow {PILLOW} cannot identify it"}, b""
        except MemoryError:
            head, raw = {"error": f"it takes more than {MEMORY >> 30} GiB of memory"}, b""
        except Exception as e:
            head, raw = {"error": f"{type(e).__name__}: {e}"[:LONGEST]}, b""
        out.write(json.dumps(head).encode() + b"\n")
        out.write(raw)
        out.flush()
        del data, head, raw


if __name__ == "__main__":
    main()
