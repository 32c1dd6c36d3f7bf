#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["datasets==5.2.0", "pycocotools==2.0.11", "pillow==12.3.0", "numpy==2.4.6"]
# ///
"""Reads sets that `fastclip datasets convert` wrote with the formats' own libraries: dataset_read_back.py KIND DIR.

KIND is hfparquet (Hugging Face datasets) or coco (pycocotools). Prints a JSON object a picture, in their order: SHA-256 of
the bytes, its size in pixels, captions, labels.
"""
import hashlib
import io
import json
import os
import pathlib
import sys
import tempfile

import PIL.Image


def show(data: bytes, captions: list[str], labels: list[str]) -> None:
    size = PIL.Image.open(io.BytesIO(data)).size
    print(json.dumps({"sum": hashlib.sha256(data).hexdigest(), "size": size, "captions": captions, "labels": labels}))


def hub(folder: str) -> None:
    import datasets

    with tempfile.TemporaryDirectory() as cache:
        rows = datasets.load_dataset(folder, split="test", cache_dir=cache)
        names = rows.features["label"].names if "label" in rows.features else None
        if "labels" in rows.features:
            names = rows.features["labels"].feature.names
        assert isinstance(rows.features["image"], datasets.Image), rows.features
        for row in rows.cast_column("image", datasets.Image(decode=False)):
            labels = [row["label"]] if "label" in row else row.get("labels") or []
            show(row["image"]["bytes"], row.get("captions") or [], [names[i] for i in labels])


def coco(folder: str) -> None:
    import contextlib

    from pycocotools.coco import COCO

    annotations, root = pathlib.Path(folder) / "annotations", pathlib.Path(folder) / "test"
    sets = {}
    with contextlib.redirect_stdout(sys.stderr):
        for kind in ("captions", "instances"):
            if (file := annotations / f"{kind}_test.json").exists():
                sets[kind] = COCO(str(file))
    for image in next(iter(sets.values())).loadImgs(sorted(next(iter(sets.values())).getImgIds())):
        captions, labels = [], []
        if "captions" in sets:
            captions = [a["caption"] for a in sets["captions"].loadAnns(sets["captions"].getAnnIds(imgIds=image["id"]))]
        if "instances" in sets:
            found = sets["instances"].loadAnns(sets["instances"].getAnnIds(imgIds=image["id"]))
            labels = [c["name"] for c in (sets["instances"].loadCats(a["category_id"])[0] for a in found)]
            for a in found:
                assert a["bbox"] == [0, 0, image["width"], image["height"]] and sets["instances"].annToMask(a).shape == (image["height"], image["width"])
        data = (root / image["file_name"]).read_bytes()
        assert PIL.Image.open(io.BytesIO(data)).size == (image["width"], image["height"])
        show(data, captions, labels)


os.environ["HF_HUB_OFFLINE"] = "1"
{"hfparquet": hub, "coco": coco}[sys.argv[1]](sys.argv[2])
