#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["resvg_py==0.5.0", "pillow==13.0.0", "numpy==2.4.6"]
# ///
"""Renders the cut-outs of the default dataset and of the mini model's training.

    uv run --script art.py --sheet ../art/noto          the committed evaluation sheet (held-out noto)
    uv run --script art.py --train DIR                  the training styles, an .npz each; never committed

The pictures are SVG icons out of npm packages (fetched with `npm pack`, checked by sha256). Each label is drawn by
noto and by at least three of the first five training styles. The list of labels was picked once, by hand, from the CLDR names:
things that a person tells apart, no faces, no clocks, no phases of the moon, no two of a kind (one car, one ball per sport).
"""
import argparse
import hashlib
import io
import json
import multiprocessing
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

NOTO = ("noto", "@iconify-json/noto@1.2.9", "Apache-2.0")
STYLES = [
    ("twemoji", "@iconify-json/twemoji@1.2.5", "CC-BY-4.0"),
    ("fluent-emoji", "@iconify-json/fluent-emoji@1.2.7", "MIT"),
    ("fluent-emoji-flat", "@iconify-json/fluent-emoji-flat@1.2.6", "MIT"),
    ("emojione", "@iconify-json/emojione@1.2.3", "CC-BY-4.0"),
    ("fxemoji", "@iconify-json/fxemoji@1.2.2", "Apache-2.0"),
    # Icons in currentColor have a shape but no colours; the training colours them.
    ("streamline-emojis", "@iconify-json/streamline-emojis@1.2.4", "CC-BY-4.0"),
    ("icon-park", "@iconify-json/icon-park@1.2.4", "Apache-2.0"),
    ("fluent-emoji-high-contrast", "@iconify-json/fluent-emoji-high-contrast@1.2.6", "MIT"),
    ("game-icons", "@iconify-json/game-icons@1.2.4", "CC-BY-3.0"),
    ("emojione-monotone", "@iconify-json/emojione-monotone@1.2.1", "CC-BY-4.0"),
]
# Labels for which a set draws something else are left out.
OTHER_THINGS = {
    "streamline-emojis": {"turkey", "headphone", "maple leaf"},
    "icon-park": {"anchor", "mouse", "ring", "trumpet", "telescope", "turkey"},
    "game-icons": {"volcano", "fountain", "butterfly"},
}
SHA256 = {
    "@iconify-json/streamline-emojis@1.2.4": "5dac87c876b322500989828c5823143e0100d78881627a2e4081a4b897cbfdbc",
    "@iconify-json/icon-park@1.2.4": "c1a25212a31602aca93c3fa6f6b3288e89b9d7811afc132dfd78506e9d586b6f",
    "@iconify-json/fluent-emoji-high-contrast@1.2.6": "0b92d48c90d2200bd499e3cdd09a127ca6a8c8ddefd34c35eb5a1e4994012ae0",
    "@iconify-json/game-icons@1.2.4": "f5758efb34d91c4f50b941f355f16ee73938625e5996fabc25171288404460a4",
    "@iconify-json/emojione-monotone@1.2.1": "40b90004bafb406b59266155ef9b7e1dd67bf2947fc8db8d07388776f4d0d04e",
    "@iconify-json/noto@1.2.9": "3e918d88fc945c0bb3d468dbace6f88caef67f01c9f0e7bcae0915a042e8f1ad",
    "@iconify-json/twemoji@1.2.5": "19046dff7d8707ce96212ec86468b36ac5f8e60409629dd13f809265c6d0ebb7",
    "@iconify-json/fluent-emoji@1.2.7": "8044210dbf11e016d4de85f15d01a243423bd832457e7e2491df1b751c0e272b",
    "@iconify-json/fluent-emoji-flat@1.2.6": "7d064769dee690815f823bc5bcc511d957198caf9f5edd8dd9c1aa48a6aeb175",
    "@iconify-json/emojione@1.2.3": "26a14f44284407e8bcde91799388dca2bfd91dbcd55a97f425524a1c5b73610e",
    "@iconify-json/fxemoji@1.2.2": "f3e72b3c59d05e1db03b7e308d55c0d05bd7ba3f625a90da1b79313c12858eef",
}
CELL = 128

LABELS = {
    "animals": """gorilla, fox, raccoon, lion, tiger, zebra, deer, cow, pig, goat, camel, giraffe, elephant, rhinoceros,
        hippopotamus, mouse, rabbit, hedgehog, bat, koala, panda, sloth, kangaroo, turkey, rooster, penguin, eagle, duck, swan,
        owl, flamingo, peacock, parrot, frog, crocodile, turtle, snake, dragon, whale, dolphin, tropical fish, blowfish, shark,
        octopus, crab, lobster, squid, snail, butterfly, ant, honeybee, lady beetle, spider, scorpion""",
    "plants": """rose, sunflower, tulip, palm tree, evergreen tree, cactus, mushroom, maple leaf, four leaf clover""",
    "food": """watermelon, lemon, banana, pineapple, pear, peach, strawberry, coconut, avocado, eggplant, carrot, ear of corn,
        broccoli, croissant, pretzel, waffle, hamburger, pizza, hot dog, taco, popcorn, ice cream, doughnut, cookie,
        birthday cake, cupcake, lollipop, honey pot, baby bottle, teapot, wine glass, cocktail glass, beer mug""",
    "places and travel": """volcano, castle, ferris wheel, tent, fountain, locomotive, bus, ambulance, fire engine, taxi,
        tractor, racing car, motorcycle, bicycle, skateboard, anchor, sailboat, canoe, airplane, helicopter, rocket,
        flying saucer, parachute, fuel pump, stop sign, luggage, alarm clock, watch, rainbow, umbrella, snowflake, snowman,
        tornado, star""",
    "play": """jack-o-lantern, christmas tree, balloon, wrapped gift, trophy, soccer ball, basketball, boxing glove, ice skate,
        kite, crystal ball, video game, puzzle piece, teddy bear, artist palette""",
    "things": """sunglasses, necktie, t-shirt, jeans, scarf, dress, handbag, backpack, running shoe, high-heeled shoe, crown,
        top hat, graduation cap, ring, gem stone, megaphone, bell, microphone, headphone, radio, saxophone, trumpet, guitar,
        violin, drum, telephone, battery, laptop, printer, floppy disk, television, camera, candle, light bulb, flashlight,
        books, newspaper, scroll, credit card, envelope, pencil, paintbrush, briefcase, scissors, key, hammer, axe, bomb,
        shield, gear, magnet, ladder, microscope, telescope, syringe, pill, toilet, bathtub, broom, toothbrush,
        fire extinguisher, shopping cart, door, chair, bed""",
}
NO_ARTICLE = {"popcorn", "jeans", "sunglasses", "books", "scissors"}


def labels():
    for group, names in LABELS.items():
        for name in re.split(r",\s*", names.strip()):
            article = "" if name in NO_ARTICLE else "an" if name[0] in "aeiou" else "a"
            yield {"label": name, "article": article, "key": name.replace(" ", "-"), "group": group}


def icons(package):
    """Returns the icon set from the package's tarball, whose SHA-256 is pinned."""
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run(["npm", "pack", "--silent", "--pack-destination", tmp, package], check=True, stdout=subprocess.DEVNULL)
        (path,) = Path(tmp).iterdir()
        data = path.read_bytes()
    if (got := hashlib.sha256(data).hexdigest()) != SHA256[package]:
        sys.exit(f"{package}: sha256 {got}, want {SHA256[package]}")
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return json.load(tar.extractfile("package/icons.json"))


def svg(iconset, key):
    """Returns an icon as an SVG document, or None. fxemoji's keys have no dashes."""
    for k in (key, key.replace("-", "")):
        k = iconset.get("aliases", {}).get(k, {}).get("parent", k)
        if k in iconset["icons"]:
            icon = iconset["icons"][k]
            w = icon.get("width", iconset.get("width", 16))
            h = icon.get("height", iconset.get("height", 16))
            left, top = icon.get("left", 0), icon.get("top", 0)
            return f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{left} {top} {w} {h}">{icon["body"]}</svg>'
    return None


def draw(document, pipe):
    import resvg_py

    pipe.send_bytes(bytes(resvg_py.svg_to_bytes(svg_string=document, width=512, height=512)))


def render(document):
    """Renders an icon, cropped tightly, in the middle of a cell. Returns None if the renderer, which runs in its own process, aborts."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=draw, args=(document, theirs))
    process.start()
    theirs.close()
    try:
        png = ours.recv_bytes()
    except EOFError:
        return None
    finally:
        process.join()
    im = Image.open(io.BytesIO(png)).convert("RGBA")
    box = im.getchannel("A").point(lambda a: 255 if a > 8 else 0).getbbox()
    if box is None:
        return None
    im = im.crop(box)
    scale = CELL / max(im.size)
    im = im.resize((max(1, round(im.width * scale)), max(1, round(im.height * scale))), Image.Resampling.LANCZOS)
    cell = Image.new("RGBA", (CELL, CELL))
    cell.paste(im, ((CELL - im.width) // 2, (CELL - im.height) // 2))
    return cell


def cells(style):
    iconset = icons(style[1])
    out = {}
    for entry in labels():
        document = None if entry["label"] in OTHER_THINGS.get(style[0], ()) else svg(iconset, entry["key"])
        cell = render(document) if document else None
        if cell is not None:
            out[entry["label"]] = cell
    print(f"{style[0]}: {len(out)} of {len(list(labels()))} labels", file=sys.stderr)
    return out


def write_sheet(folder):
    drawn = cells(NOTO)
    entries = [e for e in labels() if e["label"] in drawn]
    columns = 16
    sheet = Image.new("RGBA", (columns * CELL, -(-len(entries) // columns) * CELL))
    for i, e in enumerate(entries):
        sheet.paste(drawn[e["label"]], (i % columns * CELL, i // columns * CELL))
    folder.mkdir(parents=True, exist_ok=True)
    sheet.save(folder / "sheet.png", optimize=True)
    index = {"cell": CELL, "columns": columns, "licence": NOTO[2], "source": NOTO[1], "labels": entries}
    (folder / "index.json").write_text(json.dumps(index, indent=1) + "\n")


def write_train(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for style in STYLES:
        drawn = cells(style)
        names = sorted(drawn)
        np.savez_compressed(folder / f"{style[0]}.npz", labels=np.array(names), cells=np.stack([np.asarray(drawn[n]) for n in names]))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--sheet", type=Path, help="folder of the evaluation sheet")
    p.add_argument("--train", type=Path, help="folder of the training styles")
    args = p.parse_args()
    if args.sheet:
        write_sheet(args.sheet)
    if args.train:
        write_train(args.train)


if __name__ == "__main__":
    main()
