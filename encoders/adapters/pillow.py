# /// script
# requires-python = ">=3.10"
# dependencies = ["pillow==13.0.0"]
# ///
"""Decodes pictures for fastclip with the real Pillow: the formats that fastclip does not decode itself.

A request on stdin is a line "BYTES plain" or "BYTES exif", and so many bytes of a file; exif asks for the picture as
ImageOps.exif_transpose turns it. Pillow finds the format itself, EPS excepted, which it would hand to Ghostscript. The answer on
stdout is a line of JSON, {"error": why} or {"mode", "width", "height", "bytes", "palette"}, and so many bytes: rows without
padding, a byte a channel, 0 or 255 of 1, an index alone of PA. Of I;16B the high byte comes first, of all else the low one. The first
line of all is "ready" and Pillow's version. It ends with its stdin.
"""
import io
import json
import os
import sys
import warnings

MEMORY = 4 << 30  # bytes of address space: the largest picture that Pillow opens takes about two
LONGEST = 300  # characters of a reason
PILLOW = "13.0.0"


def pixels(im):
    """Mode, bytes and palette of a picture, in a mode that fastclip resizes as Pillow resizes this one."""
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
    if len(sys.argv) > 1:  # --help: only its packages are wanted
        print(__doc__)
        return
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ImportError, ValueError, OSError):
        pass  # not on this system, or there is a lower limit
    import PIL
    from PIL import Image, ImageOps, UnidentifiedImageError

    if PIL.__version__ != PILLOW:
        sys.exit(f"Pillow {PIL.__version__} is here: want {PILLOW}")
    warnings.simplefilter("ignore")
    Image.init()
    formats = [name for name in Image.ID if name != "EPS"]
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not print into the answers
    out.write(f"ready {PILLOW}\n".encode())
    out.flush()
    while line := sys.stdin.buffer.readline():
        size, how = line.decode().split()
        data = sys.stdin.buffer.read(int(size))
        try:
            head, raw = decoded(Image, ImageOps, formats, data, how == "exif")
        except UnidentifiedImageError:  # whose own words have an address in them
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
